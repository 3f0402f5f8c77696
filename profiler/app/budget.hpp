// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "profiler/kernel/cost.hpp"
#include "profiler/sense/recent_cost.hpp"

namespace kernwise::profiler {

struct BudgetOptions {
  double budget = 0.01;  ///< part of the node's CPU time
  bool always = false;   ///< measure every minute, not only at start
};

/// Holds the kernel programs under their budget: measures, estimates, and turns the valve.
class Budget {
 public:
  /// Both must outlive it.
  Budget(BudgetOptions options, kernel::Programs& programs, kernel::CounterSource& counters)
      : options_(options), programs_(programs), counters_(counters), sampler_(programs, counters) {}

  /// Call at start, while all capabilities are there: the first measurement begins.
  void start(std::uint64_t now_ns);
  /// Call several times per window: a measurement takes 2 s.
  void tick(std::uint64_t now_ns);
  /// Call when a window has closed. `cores` 0 = not known yet, the valve stays.
  void window_closed(std::uint64_t now_ns, double cores);

  /// CPU nanoseconds of all programs in the window that closed last.
  [[nodiscard]] std::uint64_t window_ns() const {
    return static_cast<std::uint64_t>(window_ns_.total());
  }
  /// The same by collector.
  [[nodiscard]] const sense::ByCollector& window_by_collector() const { return window_ns_; }
  /// What the programs do now.
  [[nodiscard]] sense::ValveEffect effect() const { return sense::effect_of(state_.shed); }
  /// What is missing now, for `degraded`; empty when nothing is.
  [[nodiscard]] std::string degraded() const;
  /// How many things are shed: 0 = everything runs .. kSheds.
  [[nodiscard]] unsigned step() const { return static_cast<unsigned>(state_.shed.count()); }
  [[nodiscard]] sense::ShedSet shed() const { return state_.shed; }

 private:
  void turn(const sense::ValveDecision& decision);
  [[nodiscard]] bool bring_back(const sense::ValveEffect& effect);

  BudgetOptions options_;
  kernel::Programs& programs_;
  kernel::CounterSource& counters_;
  kernel::CostSampler sampler_;
  sense::ValveState state_;
  sense::ByCollector window_ns_;
  sense::RecentCost recent_;
  std::string refused_;  ///< why something that was to come back did not
  std::uint64_t measure_since_ns_ = 0, measure_again_ns_ = 0, closed_ns_ = 0;
};

}  // namespace kernwise::profiler
