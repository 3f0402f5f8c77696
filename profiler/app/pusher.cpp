// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/pusher.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>

#include "common/base/log.hpp"
#include "common/report/codec.hpp"

namespace kernwise::profiler {
namespace {

constexpr std::size_t kCompressAbove = 4096;
constexpr std::chrono::seconds kLongestRetryAfter{300};

http::ClientRequest request_of(const std::string& text) {
  http::ClientRequest request;
  request.method = "POST";
  request.target = "/v1/report";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = text;
  if (text.size() > kCompressAbove) {
    request.headers.emplace_back("Content-Encoding", "zstd");
    request.body = report::compress(text);
  }
  return request;
}

std::chrono::milliseconds retry_after(const http::Response& response) {
  for (const auto& [name, value] : response.headers) {
    if (name != "retry-after") continue;
    long long seconds = 0;
    std::from_chars(value.data(), value.data() + value.size(), seconds);
    return std::clamp<std::chrono::seconds>(std::chrono::seconds(seconds), std::chrono::seconds(0),
                                            kLongestRetryAfter);
  }
  return {};
}

}  // namespace

std::chrono::milliseconds backoff(const PusherOptions& options, unsigned failures,
                                  std::mt19937_64& random) {
  const auto doubled = options.first_backoff * (1LL << std::min(failures, 20U));
  const auto ceiling = std::min<std::chrono::milliseconds>(doubled, options.last_backoff);
  return std::chrono::milliseconds(
      std::uniform_int_distribution<long long>(0, ceiling.count())(random));
}

class Pusher::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& io, PusherOptions options, OnReply on_reply)
      : options_(std::move(options)),
        on_reply_(std::move(on_reply)),
        random_(options_.jitter_seed),
        timer_(io),
        client_(io, options_.orchestrator) {}

  void push(const report::Report& report) {
    waiting_.push_back(report::encode(report));
    bytes_ += waiting_.back().size();
    // The first one may be on its way; what is dropped is the oldest behind it.
    while (bytes_ > options_.spool_bytes && waiting_.size() > 2) {
      const auto oldest = waiting_.begin() + (busy_ ? 1 : 0);
      bytes_ -= oldest->size();
      waiting_.erase(oldest);
      ++counts_.dropped;
    }
    if (!busy_ && !resting_) send();
  }

  void stop() {
    stopped_ = true;
    timer_.cancel();
  }

  [[nodiscard]] Counts counts() const {
    auto counts = counts_;
    counts.waiting = waiting_.size();
    return counts;
  }

 private:
  void send() {
    if (waiting_.empty() || stopped_) return;
    busy_ = true;
    client_.send(request_of(waiting_.front()),
                 [self = weak_from_this()](Result<http::Response> answer) {
                   if (const auto impl = self.lock()) impl->answered(std::move(answer));
                 });
  }

  void answered(Result<http::Response> answer) {
    busy_ = false;
    if (stopped_) return;
    if (answer && answer->status == 200) return accepted(answer->body);
    const bool hopeless = answer && answer->status >= 400 && answer->status < 500 &&
                          answer->status != 408 && answer->status != 429;
    if (hopeless) {
      log::warn("Report refused",
                {{"status", std::to_string(answer->status)}, {"reason", answer->body}});
      ++counts_.refused;
      drop_front();
      return send();
    }
    ++counts_.failed;
    if (failures_ == 0) {
      log::warn("Orchestrator not reached, reports wait",
                {{"reason",
                  answer ? "status " + std::to_string(answer->status) : answer.error().message()}});
    }
    rest(std::max(backoff(options_, failures_++, random_),
                  answer ? retry_after(*answer) : std::chrono::milliseconds(0)));
  }

  void accepted(const std::string& body) {
    if (failures_ > 0) {
      log::info("Orchestrator reached again", {{"waiting", std::to_string(waiting_.size())}});
    }
    failures_ = 0;
    ++counts_.sent;
    drop_front();
    if (auto reply = report::decode_reply(body)) {
      on_reply_(*reply);
    } else {
      log::warn("Reply not understood", {{"reason", reply.error().message()}});
    }
    send();
  }

  void drop_front() {
    bytes_ -= waiting_.front().size();
    waiting_.pop_front();
  }

  void rest(std::chrono::milliseconds delay) {
    resting_ = true;
    timer_.expires_after(delay);
    timer_.async_wait([self = weak_from_this()](const boost::system::error_code& error) {
      const auto impl = self.lock();
      if (!impl || error) return;
      impl->resting_ = false;
      impl->send();
    });
  }

  PusherOptions options_;
  OnReply on_reply_;
  std::mt19937_64 random_;
  boost::asio::steady_timer timer_;
  http::Client client_;
  std::deque<std::string> waiting_;
  std::size_t bytes_ = 0;
  unsigned failures_ = 0;
  bool busy_ = false, resting_ = false, stopped_ = false;
  Counts counts_;
};

Pusher::Pusher(boost::asio::io_context& io, PusherOptions options, OnReply on_reply)
    : impl_(std::make_shared<Impl>(io, std::move(options), std::move(on_reply))) {}
Pusher::~Pusher() {
  impl_->stop();
}
void Pusher::push(const report::Report& report) {
  impl_->push(report);
}
Pusher::Counts Pusher::counts() const {
  return impl_->counts();
}

}  // namespace kernwise::profiler
