// SPDX-License-Identifier: Apache-2.0
#include "common/http/client.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <concepts>
#include <deque>
#include <optional>
#include <tuple>

#include "common/http/client_message.hpp"
#include "common/http/client_text.hpp"
#include "common/http/dialer.hpp"
#include "common/http/stream.hpp"

namespace kernwise::http {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using boost::system::error_code;
namespace errc = boost::system::errc;

constexpr std::size_t kWaiting = 64;
constexpr std::uint32_t kHeaderBytes = 64UL * 1024;

Error own_error(errc::errc_t code, std::string context) {
  return {errc::make_error_code(code), std::move(context)};
}

/// One request on its way, perhaps on its second connection.
struct Exchange {
  Exchange(Message text, ClientRequest::OnData data, Client::Done then)
      : message(std::move(text)), on_data(std::move(data)), done(std::move(then)) {}

  Message message;
  ClientRequest::OnData on_data;
  Client::Done done;
  boost::beast::flat_buffer buffer = {};
  std::optional<beast_http::response_parser<beast_http::string_body>> parser = {};
  bool on_kept_connection = false;
};

}  // namespace

class Client::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, Url origin, ClientLimits limits, TlsOptions tls)
      : io_(io),
        origin_(std::move(origin)),
        limits_(limits),
        dialer_(io, origin_, std::move(tls)),
        stream_(asio::ip::tcp::socket(io)),
        timer_(io) {}

  void send(ClientRequest request, Done done) {
    if (auto good = check_request(origin_, request); !good) {
      return report(std::move(done), wrap(good.error(), "send request"));
    }
    if (queue_.size() >= kWaiting) {
      return report(std::move(done), own_error(errc::resource_unavailable_try_again,
                                               step(origin_, "too many requests are waiting for")));
    }
    auto on_data = std::move(request.on_data);
    queue_.push_back(std::make_shared<Exchange>(to_message(origin_, std::move(request)),
                                                std::move(on_data), std::move(done)));
    if (!current_) next();
  }

  void stop() {
    stopped_ = true;
    stream_.close();
    dialer_.cancel();
    timer_.cancel();
    if (current_) queue_.push_front(std::exchange(current_, nullptr));
    for (const auto& exchange : std::exchange(queue_, {})) {
      report(std::move(exchange->done),
             own_error(errc::operation_canceled, step(origin_, "exchange with")));
    }
  }

 private:
  using Shared = std::shared_ptr<Exchange>;

  void report(Done done, Error error) {
    asio::post(io_, [done = std::move(done), error = std::move(error)] { done(error); });
  }

  /// A completion handler for one step of `exchange`; says nothing once that exchange is over.
  template <class Step>
  auto during(const Shared& exchange, Step on_step) {
    return [self = shared_from_this(), kept = stream_.keep(), exchange, on_step](error_code error,
                                                                                 auto&&... rest)
      requires std::invocable<Step, Impl&, const Shared&, error_code, decltype(rest)...>
    {
      if (self->current_ == exchange) on_step(*self, exchange, error, rest...);
    };
  }

  void next() {
    if (queue_.empty()) return;
    current_ = std::move(queue_.front());
    queue_.pop_front();
    current_->on_kept_connection = stream_.is_open();
    if (stream_.is_open()) {
      start_timer(limits_.timeout);
      return write(current_);
    }
    connect(current_);
  }

  void start_timer(std::chrono::milliseconds patience) {
    timer_.expires_after(patience);
    timer_.async_wait([self = shared_from_this(), exchange = current_](error_code error) {
      if (!error && self->current_ == exchange) {
        self->fail(own_error(errc::timed_out, step(self->origin_, "wait for an answer of")));
      }
    });
  }

  void connect(const Shared& exchange) {
    start_timer(std::min(limits_.connect, limits_.timeout));
    dialer_.dial(stream_, [self = shared_from_this(), exchange](const Result<>& opened) {
      if (self->current_ != exchange) return;
      if (!opened) return self->fail(opened.error());
      self->on_ready(exchange);
    });
  }

  void on_ready(const Shared& exchange) {
    start_timer(limits_.timeout);
    write(exchange);
  }

  void write(const Shared& exchange) {
    beast_http::async_write(
        stream_, exchange->message,
        during(exchange, [](Impl& self, const Shared& of, error_code error, std::size_t) {
          if (error) return self.on_broken(of, error, "send request to");
          self.read(of);
        }));
  }

  void read(const Shared& exchange) {
    auto& parser = exchange->parser.emplace();
    parser.header_limit(kHeaderBytes);
    parser.skip(exchange->message.method_string() == "HEAD");
    if (exchange->on_data) return read_head(exchange);
    parser.body_limit(limits_.response_bytes);
    beast_http::async_read(
        stream_, exchange->buffer, parser,
        during(exchange, [](Impl& self, const Shared& of, error_code error, std::size_t) {
          if (error) return self.on_broken(of, error, "read the answer of");
          self.finish(of);
        }));
  }

  /// An answer that is handed over as it comes: a success without end, or an error as usual.
  void read_head(const Shared& exchange) {
    exchange->parser->body_limit(boost::none);
    beast_http::async_read_header(
        stream_, exchange->buffer, *exchange->parser,
        during(exchange, [](Impl& self, const Shared& of, error_code error, std::size_t) {
          if (error) return self.on_broken(of, error, "read the answer of");
          self.hand_over(of);
        }));
  }

  void hand_over(const Shared& exchange) {
    auto& parser = *exchange->parser;
    auto& body = parser.get().body();
    const bool wanted = parser.get().result_int() == 200;
    if (wanted && !body.empty()) exchange->on_data(std::exchange(body, {}));
    if (current_ != exchange) return;  // the callback ended it
    if (body.size() > limits_.response_bytes) return too_large();
    if (parser.is_done()) return finish(exchange);
    start_timer(limits_.timeout);
    beast_http::async_read_some(
        stream_, exchange->buffer, parser,
        during(exchange, [](Impl& self, const Shared& of, error_code error, std::size_t) {
          if (error) return self.fail({error, step(self.origin_, "read the answer of")});
          self.hand_over(of);
        }));
  }

  void too_large() {
    const auto limit = std::to_string(limits_.response_bytes);
    fail(own_error(errc::message_size, step(origin_, "answer over " + limit + " bytes from")));
  }

  /// A kept connection that broke before the first byte of an answer was stale: once more.
  void on_broken(const Shared& exchange, error_code error, std::string_view doing) {
    const bool answered = exchange->parser && exchange->parser->got_some();
    const bool stale = error == beast_http::error::end_of_stream || error == asio::error::eof ||
                       error == asio::error::connection_reset ||
                       error == asio::error::broken_pipe ||
                       error == asio::ssl::error::stream_truncated;
    if (stale && exchange->on_kept_connection && !answered) {
      stream_.close();
      exchange->on_kept_connection = false;
      exchange->buffer.clear();
      return connect(exchange);
    }
    if (error == beast_http::error::body_limit) return too_large();
    fail({error, step(origin_, doing)});
  }

  void finish(const Shared& exchange) {
    // Bytes beyond the answer were not asked for; whatever they are, they answer no later request.
    const bool keep = exchange->parser->keep_alive() && exchange->buffer.size() == 0;
    if (!keep) stream_.close();
    deliver(to_response(exchange->parser->release()));
  }

  void fail(Error error) {
    stream_.close();
    dialer_.cancel();
    deliver(std::move(error));
  }

  void deliver(Result<Response> result) {
    timer_.cancel();
    const Shared over = std::exchange(current_, nullptr);
    over->done(std::move(result));
    if (!stopped_ && !current_) next();
  }

  asio::io_context& io_;
  Url origin_;
  ClientLimits limits_;
  Dialer dialer_;
  Stream stream_;  // open between exchanges = kept
  asio::steady_timer timer_;
  std::deque<Shared> queue_;
  Shared current_;
  bool stopped_ = false;
};

Client::Client(asio::io_context& io, Url origin, ClientLimits limits, TlsOptions tls)
    : impl_(std::make_shared<Impl>(io, std::move(origin), limits, std::move(tls))) {}

Client::~Client() {
  impl_->stop();
}

void Client::send(ClientRequest request, Done done) {
  impl_->send(std::move(request), std::move(done));
}

}  // namespace kernwise::http
