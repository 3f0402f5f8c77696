// SPDX-License-Identifier: Apache-2.0
#include "common/kube/retry.hpp"

#include <algorithm>
#include <map>

#include "common/kube/backoff.hpp"

namespace kernwise::kube {
namespace {

using std::chrono::milliseconds;

/// A request under way, perhaps not for the first time.
struct Attempt {
  Request request;
  KubeClient::Done done;
  int failures = 0;
};

/// Whether the same again may end better, and does no harm.
bool is_worth_another(const Request& request, const Result<Answer>& answer) {
  if (answer && answer->status == 429) return true;
  const bool failed = !answer || answer->status >= 500;
  if (request.method == "GET") return failed;
  // Without an answer, or in 500, nobody knows whether a write was done.
  return failed && request.method != "POST" && answer && answer->retry_after;
}

}  // namespace

class RetryingClient::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(std::unique_ptr<KubeClient> client, std::unique_ptr<Clock> clock, const RetryPolicy& policy)
      : client_(std::move(client)),
        clock_(std::move(clock)),
        policy_(policy),
        random_(policy.jitter_seed) {}

  void try_it(const std::shared_ptr<Attempt>& attempt) {
    client_->send(attempt->request, [weak = weak_from_this(), attempt](Result<Answer> answer) {
      const auto self = weak.lock();
      if (self) self->answered(attempt, std::move(answer));
    });
  }

  KubeClient& client() { return *client_; }

 private:
  void answered(const std::shared_ptr<Attempt>& attempt, Result<Answer> answer) {
    ++attempt->failures;
    const auto at = clock_->now() + delay_after(attempt->failures, answer);
    const auto& request = attempt->request;
    const bool in_time = request.give_up_at && at < *request.give_up_at;
    if (!in_time || attempt->failures >= policy_.tries || !is_worth_another(request, answer)) {
      return attempt->done(std::move(answer));
    }
    const auto id = next_id_++;
    waiting_[id] = clock_->call_at(at, [weak = weak_from_this(), attempt, id] {
      const auto self = weak.lock();
      if (!self) return;
      const auto own = self->waiting_.extract(id);  // goes when this call is over
      self->try_it(attempt);
    });
  }

  milliseconds delay_after(int failures, const Result<Answer>& answer) {
    const double random = std::uniform_real_distribution<double>(0, 1)(random_);
    const auto delay = backoff(failures, policy_.first, policy_.last, random);
    const bool told = answer && answer->retry_after;
    return told ? std::max<milliseconds>(delay, *answer->retry_after) : delay;
  }

  std::unique_ptr<KubeClient> client_;
  std::unique_ptr<Clock> clock_;
  RetryPolicy policy_;
  std::mt19937_64 random_;
  std::map<std::uint64_t, std::unique_ptr<Alarm>> waiting_;
  std::uint64_t next_id_ = 0;
};

RetryingClient::RetryingClient(std::unique_ptr<KubeClient> client, std::unique_ptr<Clock> clock,
                               const RetryPolicy& policy)
    : impl_(std::make_shared<Impl>(std::move(client), std::move(clock), policy)) {}

RetryingClient::~RetryingClient() = default;

void RetryingClient::send(Request request, Done done) {
  auto attempt = std::make_shared<Attempt>();
  attempt->request = std::move(request);
  attempt->done = std::move(done);
  impl_->try_it(attempt);
}

std::unique_ptr<Stream> RetryingClient::watch(Request request, Line line, Done end) {
  return impl_->client().watch(std::move(request), std::move(line), std::move(end));
}

}  // namespace kernwise::kube
