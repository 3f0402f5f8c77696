// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/direct_client.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

namespace kernwise::test {
namespace {

Call to_call(kube::Request request, const std::string& token) {
  return {.method = std::move(request.method),
          .path = std::move(request.path),
          .query = std::move(request.query),
          .body = std::move(request.body),
          .content_type = std::move(request.content_type),
          .token = token};
}

kube::Answer to_answer(const Reply& reply) {
  kube::Answer answer{.status = reply.status};
  answer.body = reply.body.is_string() ? std::string(reply.body.get_string()) : to_text(reply.body);
  if (reply.retry_after) answer.retry_after = std::chrono::seconds(*reply.retry_after);
  return answer;
}

}  // namespace

/// One request under way. Everything it says goes through the io_context, so that no handler runs
/// inside a call, and nothing is said once it is closed.
class DirectClient::Exchange final : public Outlet, public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(boost::asio::io_context& io, Line line, Done done)
      : io_(io), line_(std::move(line)), done_(std::move(done)) {}

  void answer(const Reply& reply) override { finish(to_answer(reply)); }
  void torn_answer(const Reply& /*reply*/, std::size_t /*bytes*/) override { cut(); }
  void begin_stream() override {}
  void line(const std::string& text) override {
    later([self = shared_from_this(), text] { self->line_(text); });
  }
  void bytes(const std::string& /*text*/) override {}  // half a line never reaches a client
  void end_stream() override { finish(kube::Answer{.status = 200}); }
  void cut() override {
    finish(Error{.code = boost::asio::error::connection_reset, .context = "fake API server"});
  }
  void refuse() {
    finish(Error{.code = boost::asio::error::connection_refused, .context = "fake API server"});
  }
  void close() { closed_ = true; }

 private:
  template <class Work>
  void later(Work work) {
    boost::asio::post(io_, [self = shared_from_this(), work = std::move(work)] {
      if (!self->closed_) work();
    });
  }
  void finish(Result<kube::Answer> result) {
    later([self = shared_from_this(), result = std::move(result)] {
      self->closed_ = true;
      self->done_(result);
    });
  }

  boost::asio::io_context& io_;
  Line line_;
  Done done_;
  bool closed_ = false;
};

class DirectClient::Open final : public kube::Stream {
 public:
  Open(ApiFront& front, std::shared_ptr<Exchange> exchange)
      : front_(front), exchange_(std::move(exchange)) {}
  ~Open() override {
    exchange_->close();
    front_.gone(exchange_.get());
  }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;

 private:
  ApiFront& front_;
  std::shared_ptr<Exchange> exchange_;
};

DirectClient::DirectClient(boost::asio::io_context& io, ApiFront& front, std::string token)
    : io_(io), front_(front), token_(std::move(token)) {}
DirectClient::~DirectClient() = default;

void DirectClient::send(kube::Request request, Done done) {
  const auto exchange = std::make_shared<Exchange>(io_, Line(), std::move(done));
  if (down_) return exchange->refuse();
  front_.handle(to_call(std::move(request), token_), exchange);
}

std::unique_ptr<kube::Stream> DirectClient::watch(kube::Request request, Line line, Done end) {
  auto exchange = std::make_shared<Exchange>(io_, std::move(line), std::move(end));
  if (down_) {
    exchange->refuse();
  } else {
    auto call = to_call(std::move(request), token_);
    if (!call.is_watch()) call.query.emplace_back("watch", "1");
    front_.handle(call, exchange);
  }
  return std::make_unique<Open>(front_, std::move(exchange));
}

}  // namespace kernwise::test
