// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "profiler/kernel/cost.hpp"

namespace kernwise::profiler {

struct BudgetOptions {
  double budget = 0.01;  ///< part of the node's CPU time
  bool always = false;   ///< measure every minute, not only at start
};

/// Holds the kernel programs under their budget: measures, estimates, and turns the valve.
class Budget {
 public:
  /// Both must outlive it.
  Budget(BudgetOptions options, const kernel::Programs& programs, kernel::CounterSource& counters)
      : options_(options), counters_(counters), sampler_(programs, counters) {}

  /// Call at start, while all capabilities are there: the first measurement begins.
  void start(std::uint64_t now_ns);
  /// Call several times per window: a measurement takes 2 s.
  void tick(std::uint64_t now_ns);
  /// Call when a window has closed. `cores` 0 = not known yet, the valve stays.
  void window_closed(std::uint64_t now_ns, double cores);

  /// CPU nanoseconds of all programs in the window that closed last.
  [[nodiscard]] std::uint64_t window_ns() const { return window_ns_; }
  /// What the programs do now.
  [[nodiscard]] sense::ValveEffect effect() const { return sense::effect_of(state_.step); }
  /// What is missing now, for `degraded`; empty when nothing is.
  [[nodiscard]] std::string degraded() const;
  /// 0 = everything runs .. 5.
  [[nodiscard]] unsigned step() const { return static_cast<unsigned>(state_.step); }

 private:
  BudgetOptions options_;
  kernel::CounterSource& counters_;
  kernel::CostSampler sampler_;
  sense::ValveState state_;
  std::uint64_t measure_since_ns_ = 0, measure_again_ns_ = 0, closed_ns_ = 0, window_ns_ = 0;
};

}  // namespace kernwise::profiler
