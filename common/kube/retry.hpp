// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <random>

#include "common/kube/client.hpp"
#include "common/kube/clock.hpp"

namespace kernwise::kube {

struct RetryPolicy {
  std::chrono::milliseconds first{800};  ///< doubles, with full jitter
  std::chrono::milliseconds last{30'000};
  int tries = 10;
  std::uint64_t jitter_seed = std::random_device{}();
};

/// Repeats requests until their `give_up_at`, and those without one not at all: what was asked may
/// be wrong by then, and lists and watches have their own way to begin again. Worth another try are
/// 429, which says that nothing was done; for what creates nothing also 5xx with Retry-After; for a
/// read also any 5xx and a broken connection. Waits at least as long as Retry-After says. The last
/// answer is handed over as it came. After its end no handler is called.
class RetryingClient final : public KubeClient {
 public:
  RetryingClient(std::unique_ptr<KubeClient> client, std::unique_ptr<Clock> clock,
                 const RetryPolicy& policy = {});
  ~RetryingClient() override;
  RetryingClient(const RetryingClient&) = delete;
  RetryingClient& operator=(const RetryingClient&) = delete;

  void send(Request request, Done done) override;
  [[nodiscard]] std::unique_ptr<Stream> watch(Request request, Line line, Done end) override;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace kernwise::kube
