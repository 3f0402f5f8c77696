// SPDX-License-Identifier: Apache-2.0
#include "profiler/discovery/kubelet_poll.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/base/file.hpp"
#include "common/base/log.hpp"
#include "common/kube/backoff.hpp"

namespace kernwise::discovery {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstBackoff{500};
constexpr milliseconds kTimeout{10'000};

std::string why(const http::Response& answer) {
  std::string reason = "status " + std::to_string(answer.status);
  if (answer.status == 401) reason += ": the token is not accepted";
  if (answer.status == 403) reason += ": the service account may not do this";
  return reason;
}

}  // namespace

class KubeletPoll::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& io, PodSourceOptions options, PodBook& book)
      : options_(std::move(options)),
        book_(book),
        random_(options_.jitter_seed),
        timer_(io),
        client_(io, options_.origin, {.timeout = kTimeout}, options_.tls) {}

  void list() {
    auto request = pods_request();
    if (!request) return failed(request.error().message());
    client_.send(std::move(*request), [self = weak_from_this()](Result<http::Response> answer) {
      if (const auto impl = self.lock()) impl->listed(std::move(answer));
    });
  }

  void stop() {
    stopped_ = true;
    timer_.cancel();
  }

  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  [[nodiscard]] Result<http::ClientRequest> pods_request() const {
    http::ClientRequest request{.target = "/pods"};
    request.headers = {{"Accept", "application/json"}};
    if (options_.token_file.empty()) return request;
    const auto token = read_token(options_.token_file);
    if (!token) return wrap(token.error(), "token file");
    request.headers.emplace_back("Authorization", "Bearer " + *token);
    return request;
  }

  void listed(Result<http::Response> answer) {
    if (stopped_) return;
    if (!answer) return failed(answer.error().message());
    if (answer->status != 200) return failed(why(*answer));
    auto pods = parse_pod_list(answer->body);
    if (!pods) return failed(pods.error().message());
    book_.replace(*std::move(pods), Monotonic::now());
    if (!problem_.empty()) log::info("Names of pods are kept up again");
    problem_.clear();
    failures_ = 0;
    again_after(options_.interval);
  }

  void failed(const std::string& reason) {
    if (stopped_) return;
    if (problem_.empty()) log::warn("Names of pods are not kept up", {{"reason", reason}});
    problem_ = "discovery: kubelet: " + reason;
    const double random = std::uniform_real_distribution<double>(0, 1)(random_);
    again_after(kube::backoff(++failures_, kFirstBackoff, options_.last_backoff, random));
  }

  void again_after(milliseconds delay) {
    timer_.expires_after(delay);
    timer_.async_wait([self = weak_from_this()](const boost::system::error_code& error) {
      const auto impl = self.lock();
      if (impl && !error && !impl->stopped_) impl->list();
    });
  }

  PodSourceOptions options_;
  PodBook& book_;
  std::mt19937_64 random_;
  boost::asio::steady_timer timer_;
  http::Client client_;
  std::string problem_;
  int failures_ = 0;
  bool stopped_ = false;
};

KubeletPoll::KubeletPoll(boost::asio::io_context& io, PodSourceOptions options, PodBook& book)
    : impl_(std::make_shared<Impl>(io, std::move(options), book)) {
  impl_->list();
}

KubeletPoll::~KubeletPoll() {
  impl_->stop();
}

const std::string& KubeletPoll::problem() const {
  return impl_->problem();
}

}  // namespace kernwise::discovery
