// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "profiler/sense/program_cost.hpp"

/// PURE. What the kernel programs cost lately.
namespace kernwise::sense {

/// Adds up the newest windows. One timed run stands for hundreds, so in a short window the few runs
/// that a machine happened to stop in would decide; over ten seconds they do not.
class RecentCost {
 public:
  static constexpr std::uint64_t kLeastNs = 10'000'000'000;
  static constexpr std::size_t kMostWindows = 128;

  /// A window has closed: CPU time of the programs in it, its length, the node's CPUs. A length or
  /// a number of CPUs of nothing is left out.
  void add(const ByCollector& spent_ns, std::uint64_t elapsed_ns, double cores);
  /// Parts of the node's CPU time, 0..1, over the fewest newest windows that make up kLeastNs; none
  /// before all of them together do, or are kMostWindows.
  [[nodiscard]] std::optional<ByCollector> parts() const;
  /// What the programs do has changed.
  void clear() { windows_.clear(); }

 private:
  struct Window {
    ByCollector spent_ns;
    double elapsed_ns = 0, cpu_ns = 0;
  };
  std::deque<Window> windows_;  // oldest first
};

}  // namespace kernwise::sense
