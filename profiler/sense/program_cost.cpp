// SPDX-License-Identifier: Apache-2.0
#include "profiler/sense/program_cost.hpp"

#include <algorithm>
#include <cmath>

#include "ebpf/kernwise_abi.h"
#include "profiler/sense/window.hpp"

namespace kernwise::sense {
namespace {

constexpr std::uint64_t kEnoughSwitches = 20, kEnoughRuns = 200;  // timed ones
constexpr double kLeastEntryNs = 15, kMostEntryNs = 150;
constexpr double kCountedNs = 45;  // an empty program and one addition, on 6.18

constexpr std::array<std::string_view, kCollectors> kNames = {
    "switches", "wait_stacks", "samples",     "packets",  "system_calls",
    "faults",   "disk",        "connections", "requests",
};

/// Runs that one timed run stands for.
double weight_of(std::size_t collector) {
  switch (static_cast<Collector>(collector)) {
    case Collector::samples:
      return 1;
    case Collector::faults:
    case Collector::disk:
    case Collector::connections:
      return KW_TIMED_EVERY_RARE;
    default:
      return KW_TIMED_EVERY;
  }
}

double timed_ns(const ProgramRuns& runs, std::size_t collector, double entry_ns) {
  const auto& timed = runs.timed[collector];
  const auto within =
      std::min(static_cast<double>(timed.ns), static_cast<double>(timed.runs) * KW_TIMED_MOST_NS);
  return weight_of(collector) * (within + static_cast<double>(timed.runs) * entry_ns);
}

double switches_ns(const ProgramRuns& runs, const RunCost& cost) {
  if (runs[Collector::switches].runs >= kEnoughSwitches) {
    return timed_ns(runs, static_cast<std::size_t>(Collector::switches), cost.entry_ns);
  }
  return static_cast<double>(runs.switches) * cost.switch_ns;
}

}  // namespace

std::string_view name_of(Collector collector) {
  return kNames.at(static_cast<std::size_t>(collector));
}

ProgramRuns between(const ProgramRuns& before, const ProgramRuns& now) {
  ProgramRuns runs{.switches = grown(before.switches, now.switches),
                   .unfollowed = grown(before.unfollowed, now.unfollowed),
                   .samples = grown(before.samples, now.samples)};
  for (std::size_t i = 0; i < kCollectors; ++i) {
    runs.timed[i] = {grown(before.timed[i].runs, now.timed[i].runs),
                     grown(before.timed[i].ns, now.timed[i].ns)};
  }
  return runs;
}

ByCollector estimated_ns(const ProgramRuns& runs, const RunCost& cost) {
  ByCollector spent;
  for (std::size_t i = 0; i < kCollectors; ++i) spent.each[i] = timed_ns(runs, i, cost.entry_ns);
  spent[Collector::switches] =
      switches_ns(runs, cost) + static_cast<double>(runs.unfollowed) * kCountedNs;
  return spent;
}

RunCost learned(const ProgramRuns& runs, const RunCost& before) {
  if (runs[Collector::switches].runs < kEnoughSwitches || runs.switches == 0) return before;
  RunCost cost = before;
  cost.switch_ns = switches_ns(runs, before) / static_cast<double>(runs.switches);
  return cost;
}

RunCost calibrated(double measured_ns, const ProgramRuns& runs, const RunCost& before) {
  std::uint64_t timed = 0;
  double within = 0, all = 0;
  for (std::size_t i = 0; i < kCollectors; ++i) {
    timed += runs.timed[i].runs;
    within += timed_ns(runs, i, 0);
    all += weight_of(i) * static_cast<double>(runs.timed[i].runs);
  }
  if (timed < kEnoughRuns || !std::isfinite(measured_ns)) return before;
  RunCost cost = before;
  cost.entry_ns = std::clamp((measured_ns - within) / all, kLeastEntryNs, kMostEntryNs);
  return cost;
}

}  // namespace kernwise::sense
