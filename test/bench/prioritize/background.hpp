// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <thread>

#include "test/bench/prioritize/servers.hpp"

namespace kernwise::bench {

/// What else a busy orchestrator has to do: while this lives, every node reports once per window
/// of five seconds, one after the other as profilers would, and somebody reads /metrics once per
/// second. The nodes that are quiet since long make the series many.
class Background {
 public:
  explicit Background(Ours& ours);
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// Bytes of the last /metrics; 0 before the first.
  [[nodiscard]] std::size_t metrics_bytes() const { return metrics_bytes_; }

 private:
  Ours& ours_;
  std::atomic<bool> over_{false};
  std::atomic<std::size_t> metrics_bytes_{0};
  std::thread reports_, scrape_;
};

}  // namespace kernwise::bench
