// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/outbox.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <deque>

#include "common/base/file.hpp"
#include "common/base/log.hpp"
#include "common/base/utf8.hpp"
#include "common/report/codec.hpp"

namespace kernwise::profiler {
namespace {

constexpr std::size_t kCompressAbove = 4096;
constexpr std::chrono::seconds kLongestRetryAfter{300};

std::chrono::milliseconds uniform(std::chrono::milliseconds most, std::mt19937_64& random) {
  return std::chrono::milliseconds(
      std::uniform_int_distribution<long long>(0, std::max<long long>(most.count(), 0))(random));
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

PushCounts& PushCounts::operator+=(const PushCounts& other) {
  sent += other.sent;
  refused += other.refused;
  failed += other.failed;
  dropped += other.dropped;
  waiting += other.waiting;
  return *this;
}

SharedParcel parcel_of(const report::Report& report) {
  auto parcel = std::make_shared<Parcel>();
  parcel->body = report::encode(report);
  parcel->compressed = parcel->body.size() > kCompressAbove;
  if (parcel->compressed) parcel->body = report::compress(parcel->body);
  return parcel;
}

std::chrono::milliseconds backoff(const OutboxOptions& options, unsigned failures,
                                  std::mt19937_64& random) {
  const auto doubled = options.first_backoff * (1LL << std::min(failures, 20U));
  return uniform(std::min<std::chrono::milliseconds>(doubled, options.last_backoff), random);
}

class Outbox::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& io, OutboxOptions options, OnReply on_reply,
       std::uint64_t jitter_seed)
      : options_(std::move(options)),
        on_reply_(std::move(on_reply)),
        random_(jitter_seed),
        timer_(io),
        client_(io, options_.address, {}, options_.tls) {}

  /// Not all nodes at once, when all begin at once.
  void begin() {
    if (options_.first_delay.count() > 0) rest(uniform(options_.first_delay, random_));
  }

  void push(SharedParcel parcel) {
    bytes_ += parcel->body.size();
    waiting_.push_back(std::move(parcel));
    // The first one may be on its way; what is dropped is the oldest behind it.
    while (bytes_ > options_.spool_bytes && waiting_.size() > 2) {
      const auto oldest = waiting_.begin() + (busy_ ? 1 : 0);
      bytes_ -= (*oldest)->body.size();
      waiting_.erase(oldest);
      ++counts_.dropped;
    }
    if (!busy_ && !resting_) send();
  }

  void stop() {
    stopped_ = true;
    timer_.cancel();
  }

  [[nodiscard]] PushCounts counts() const {
    auto counts = counts_;
    counts.waiting = waiting_.size();
    return counts;
  }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  [[nodiscard]] Result<http::ClientRequest> request_of(const Parcel& parcel) const {
    http::ClientRequest request;
    request.method = "POST";
    request.target = "/v1/report";
    request.headers = {{"Content-Type", "application/json"}};
    if (parcel.compressed) request.headers.emplace_back("Content-Encoding", "zstd");
    if (!options_.token_file.empty()) {
      // Kubelet renews the file long before the token ends.
      const auto token = read_token(options_.token_file);
      if (!token) return wrap(token.error(), "orchestrator.token_file");
      request.headers.emplace_back("Authorization", "Bearer " + *token);
    }
    request.body = parcel.body;
    return request;
  }

  void send() {
    if (waiting_.empty() || stopped_) return;
    auto request = request_of(*waiting_.front());
    if (!request) return fail(request.error().message(), {});
    busy_ = true;
    client_.send(*std::move(request), [self = weak_from_this()](Result<http::Response> answer) {
      if (const auto impl = self.lock()) impl->answered(std::move(answer));
    });
  }

  void answered(Result<http::Response> answer) {
    busy_ = false;
    if (stopped_) return;
    if (!answer) return fail(answer.error().message(), {});
    if (answer->status == 200) return accepted(answer->body);
    const bool hopeless = answer->status >= 400 && answer->status < 500 && answer->status != 408 &&
                          answer->status != 429;
    const auto status = "status " + std::to_string(answer->status);
    if (!hopeless) return fail(status, retry_after(*answer));
    refused(status, answer->body);
  }

  void refused(const std::string& status, const std::string& reason) {
    log::warn("Report refused",
              {{"orchestrator", where()}, {"status", status}, {"reason", printable(reason, 300)}});
    problem_ = where() + " refuses reports: " + status;
    ++counts_.refused;
    drop_front();
    send();
  }

  void fail(const std::string& reason, std::chrono::milliseconds at_least) {
    ++counts_.failed;
    if (failures_ == 0) {
      log::warn("Orchestrator not reached, reports wait",
                {{"orchestrator", where()}, {"reason", reason}});
    }
    problem_ = where() + " not reached: " + reason;
    rest(std::max(backoff(options_, failures_++, random_), at_least));
  }

  void accepted(const std::string& body) {
    if (failures_ > 0) {
      log::info("Orchestrator reached again",
                {{"orchestrator", where()}, {"waiting", std::to_string(waiting_.size())}});
    }
    failures_ = 0;
    problem_.clear();
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
    bytes_ -= waiting_.front()->body.size();
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

  [[nodiscard]] std::string where() const {
    return options_.address.host + ":" + options_.address.port;
  }

  OutboxOptions options_;
  OnReply on_reply_;
  std::mt19937_64 random_;
  boost::asio::steady_timer timer_;
  http::Client client_;
  std::deque<SharedParcel> waiting_;
  std::size_t bytes_ = 0;
  unsigned failures_ = 0;
  bool busy_ = false, resting_ = false, stopped_ = false;
  PushCounts counts_;
  std::string problem_;
};

Outbox::Outbox(boost::asio::io_context& io, OutboxOptions options, OnReply on_reply,
               std::uint64_t jitter_seed)
    : impl_(std::make_shared<Impl>(io, std::move(options), std::move(on_reply), jitter_seed)) {
  impl_->begin();
}
Outbox::~Outbox() {
  impl_->stop();
}
void Outbox::push(SharedParcel parcel) {
  impl_->push(std::move(parcel));
}
PushCounts Outbox::counts() const {
  return impl_->counts();
}
const std::string& Outbox::problem() const {
  return impl_->problem();
}

}  // namespace kernwise::profiler
