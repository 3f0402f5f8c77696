// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// How much the kernel programs may do: the valve that holds them under their budget.
namespace kernwise::sense {

/// What is shed, each step on top of those before it; what is missed least goes first.
enum class ValveStep : std::uint8_t {
  full,           ///< nothing
  fewer_samples,  ///< functions at 33 Hz
  few_samples,    ///< functions at 11 Hz
  no_disk_times,  ///< block requests are not followed: no disk latency, operations, bytes
  no_reasons,     ///< waits are counted, not told apart: verdicts are `unknown`
  no_switches,    ///< switches are counted for the node only: no waits, no run queue, no pod times
};
inline constexpr std::size_t kValveSteps = 6;

/// What a step does to the programs.
struct ValveEffect {
  std::uint32_t sample_every = 1;  ///< one in so many 99 Hz ticks is taken and counts as many
  bool disk_times = true;
  bool reasons = true;
  bool switches = true;
  bool operator==(const ValveEffect&) const = default;
};
[[nodiscard]] ValveEffect effect_of(ValveStep step);
/// What is missing, for `degraded`; empty at `full`.
[[nodiscard]] std::string_view missing_at(ValveStep step);

struct ValveState {
  ValveStep step = ValveStep::full;
  std::uint64_t changed_ns = 0;    ///< last change of the step, 0 = never
  std::uint64_t opened_ns = 0;     ///< last change to a lower step, 0 = never
  std::uint64_t low_since_ns = 0;  ///< cost has been under half the budget since; 0 = it is not
  std::uint64_t patience_ns = 60'000'000'000;  ///< how long it has to be low
  bool operator==(const ValveState&) const = default;
};

struct ValveReading {
  double cost = 0;    ///< CPU time of all programs as a part of the node's CPU time, 0..1
  double budget = 0;  ///< the same unit
  std::uint64_t now_ns = 0;
};

struct ValveDecision {
  ValveState state;
  std::string reason;  ///< why the step changed; empty: it did not
};

/// One look at the cost. Over the budget the valve closes one step, at most every 10 s, so that the
/// effect of a step is seen before the next. Under half the budget for `patience` it opens one
/// step; a step that had to be taken back within 5 min doubles the patience (60 s to 30 min).
[[nodiscard]] ValveDecision turn_valve(const ValveState& state, const ValveReading& reading);

/// Work of the programs over some time.
struct ProgramRuns {
  std::uint64_t switches = 0, samples = 0;
  /// What a few of the switch program's runs took, as they timed themselves.
  std::uint64_t timed_switches = 0, timed_ns = 0;
  ///< All runs of the programs that time themselves: stacks of waits, transfers of sockets.
  std::uint64_t self_timed_ns = 0;
};

/// What a run costs. The defaults are those of docs/kernel.md; a measurement replaces them.
struct RunCost {
  double switch_ns = 150;
  double sample_ns = 11'000;
  double timed_ns = 0;  ///< what a timed run took when `switch_ns` was measured; 0 = not known
};

/// CPU nanoseconds of all programs, from what they counted. A switch costs as much more or less
/// than when it was measured as its timed runs take more or less, between a third and ten times the
/// default; fewer than 20 timed runs say nothing.
[[nodiscard]] double estimated_ns(const ProgramRuns& runs, const RunCost& cost);
/// The cost of a switch, with what else happens between switches (block requests, connections),
/// from run time statistics: (measured - samples * sample_ns - self timed) / switches, between a
/// third and ten times the default. Fewer than 1000 switches say nothing and leave `before`.
[[nodiscard]] RunCost calibrated(double measured_ns, const ProgramRuns& runs,
                                 const RunCost& before);

}  // namespace kernwise::sense
