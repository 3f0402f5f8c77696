// SPDX-License-Identifier: Apache-2.0
#include "profiler/sense/valve.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace kernwise::sense {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kSettle = 10 * kSecond;
constexpr std::uint64_t kTooSoon = 300 * kSecond;
constexpr std::uint64_t kFirstPatience = 60 * kSecond;
constexpr std::uint64_t kLastPatience = 1800 * kSecond;
constexpr double kLow = 0.5;  // of the budget
constexpr std::uint64_t kEnoughSwitches = 1000;

constexpr std::array<std::string_view, kValveSteps> kMissing = {
    "",
    "functions are sampled at 33 Hz",
    "functions are sampled at 11 Hz",
    "functions are sampled at 11 Hz, block requests are not followed",
    "functions are sampled at 11 Hz, block requests are not followed, reasons of waits are not "
    "told",
    "functions are sampled at 11 Hz, block requests are not followed, context switches are not "
    "followed",
};

constexpr std::uint64_t kEnoughTimed = 20;

double plausible(double switch_ns) {
  const RunCost usual;
  return std::clamp(switch_ns, usual.switch_ns / 3, usual.switch_ns * 10);
}

double timed_each(const ProgramRuns& runs) {
  return static_cast<double>(runs.timed_ns) / static_cast<double>(runs.timed_switches);
}

std::size_t index_of(ValveStep step) {
  return std::min(static_cast<std::size_t>(step), kValveSteps - 1);
}

std::string percent(double part) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.2f %%", part * 100);
  return text;
}

ValveDecision moved(ValveState state, const ValveReading& reading, bool close) {
  const auto from = index_of(state.step);
  state.step = static_cast<ValveStep>(close ? from + 1 : from - 1);
  state.changed_ns = reading.now_ns;
  state.low_since_ns = 0;
  if (!close) state.opened_ns = reading.now_ns;
  return {state, "programs cost " + percent(reading.cost) + " of the node, the budget is " +
                     percent(reading.budget)};
}

ValveDecision over_budget(ValveState state, const ValveReading& reading) {
  state.low_since_ns = 0;
  const bool settled = state.changed_ns == 0 || reading.now_ns - state.changed_ns >= kSettle;
  if (!settled || index_of(state.step) + 1 == kValveSteps) return {state, {}};
  const bool too_soon = state.opened_ns != 0 && reading.now_ns - state.opened_ns < kTooSoon;
  state.patience_ns = too_soon ? std::min(state.patience_ns * 2, kLastPatience) : kFirstPatience;
  return moved(state, reading, true);
}

}  // namespace

ValveEffect effect_of(ValveStep step) {
  ValveEffect effect;
  if (step >= ValveStep::fewer_samples) effect.sample_every = 3;
  if (step >= ValveStep::few_samples) effect.sample_every = 9;
  effect.disk_times = step < ValveStep::no_disk_times;
  effect.reasons = step < ValveStep::no_reasons;
  effect.switches = step < ValveStep::no_switches;
  return effect;
}

std::string_view missing_at(ValveStep step) {
  return kMissing.at(index_of(step));
}

ValveDecision turn_valve(const ValveState& state, const ValveReading& reading) {
  // A cost that is no number is no reason to shed anything, nor to stop shedding.
  if (!std::isfinite(reading.cost) || !(reading.budget > 0)) return {state, {}};
  if (reading.cost > reading.budget) return over_budget(state, reading);
  ValveState next = state;
  if (reading.cost >= reading.budget * kLow || state.step == ValveStep::full) {
    next.low_since_ns = 0;
    return {next, {}};
  }
  if (next.low_since_ns == 0) next.low_since_ns = std::max<std::uint64_t>(reading.now_ns, 1);
  if (reading.now_ns < next.low_since_ns + next.patience_ns) return {next, {}};
  return moved(next, reading, false);
}

double estimated_ns(const ProgramRuns& runs, const RunCost& cost) {
  double each = cost.switch_ns;
  if (runs.timed_switches >= kEnoughTimed && cost.timed_ns > 0) {
    each = plausible(each + timed_each(runs) - cost.timed_ns);
  }
  return static_cast<double>(runs.switches) * each +
         static_cast<double>(runs.samples) * cost.sample_ns +
         static_cast<double>(runs.self_timed_ns);
}

RunCost calibrated(double measured_ns, const ProgramRuns& runs, const RunCost& before) {
  if (runs.switches < kEnoughSwitches || !std::isfinite(measured_ns)) return before;
  const double others = static_cast<double>(runs.samples) * before.sample_ns +
                        static_cast<double>(runs.self_timed_ns);
  RunCost cost = before;
  cost.switch_ns = plausible((measured_ns - others) / static_cast<double>(runs.switches));
  cost.timed_ns = runs.timed_switches >= kEnoughTimed ? timed_each(runs) : 0;
  return cost;
}

}  // namespace kernwise::sense
