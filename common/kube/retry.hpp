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

/// Repeats what is worth another try, and waits as long as the server asks for (Retry-After): a
/// read after 429, 5xx and a broken connection; a write the same as long as its `give_up_at` lies
/// ahead; what creates something (POST) only after 429, which says that nothing was done. The last
/// answer is handed over as it came. Watches are passed on: their cache has its own way to begin
/// again. Client and clock must outlive it; after its end no handler is called.
class RetryingClient final : public KubeClient {
 public:
  RetryingClient(KubeClient& client, Clock& clock, const RetryPolicy& policy = {});
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
