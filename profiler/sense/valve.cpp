// SPDX-License-Identifier: Apache-2.0
#include "profiler/sense/valve.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace kernwise::sense {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kSettle = 10 * kSecond;
constexpr std::uint64_t kTooSoon = 300 * kSecond;
constexpr std::uint64_t kFirstPatience = 60 * kSecond;
constexpr std::uint64_t kLastPatience = 1800 * kSecond;
constexpr double kLow = 0.5, kFits = 0.9;  // of the budget
constexpr double kHelps = 0.25;            // of what is over the budget

struct Rule {
  Shed what;
  std::string_view name;
  Collector of;
  double saves;               ///< part of what that collector costs then
  std::optional<Shed> after;  ///< what is shed before it
  std::string_view missing;   ///< with what it stands on
};

/// The parts: two ticks in three; a block request that is not followed is still met twice; the
/// rest of a recording counts what it lost; closing sockets are still looked up; classes are 30 ns
/// of the 150 of a switch, which costs 45 when it is only counted. 1 = detached.
constexpr std::array<Rule, kSheds> kRules = {{
    {Shed::fewer_samples, "fewer_samples", Collector::samples, 2.0 / 3, std::nullopt,
     "functions are sampled at 33 Hz"},
    {Shed::few_samples, "few_samples", Collector::samples, 2.0 / 3, Shed::fewer_samples,
     "functions are sampled at 11 Hz"},
    {Shed::packets, "packets", Collector::packets, 1, std::nullopt,
     "retransmits, drops and round trips are not counted"},
    {Shed::system_calls, "system_calls", Collector::system_calls, 1, std::nullopt,
     "system calls are not counted"},
    {Shed::faults, "faults", Collector::faults, 1, std::nullopt, "major faults are not counted"},
    {Shed::wait_stacks, "wait_stacks", Collector::wait_stacks, 0.7, std::nullopt,
     "stacks of waits are not taken"},
    {Shed::disk_times, "disk_times", Collector::disk, 0.7, std::nullopt,
     "block requests are not followed"},
    {Shed::requests, "requests", Collector::requests, 1, std::nullopt,
     "requests on sockets are not followed"},
    {Shed::connections, "connections", Collector::connections, 0.6, Shed::requests,
     "connections and requests on them are not followed"},
    {Shed::reasons, "reasons", Collector::switches, 0.2, std::nullopt,
     "reasons of waits are not told"},
    {Shed::switches, "switches", Collector::switches, 0.65, Shed::reasons,
     "context switches are not followed"},
}};

const Rule& rule_of(Shed what) {
  return kRules.at(static_cast<std::size_t>(what));
}

bool has(ShedSet shed, Shed what) {
  return shed.test(static_cast<std::size_t>(what));
}

ShedSet with(ShedSet shed, const Rule& rule) {
  shed.set(static_cast<std::size_t>(rule.what));
  if (rule.after) shed.set(static_cast<std::size_t>(*rule.after));
  return shed;
}

bool is_stood_on(ShedSet shed, Shed what) {
  return std::ranges::any_of(
      kRules, [&](const Rule& other) { return other.after == what && has(shed, other.what); });
}

/// What would be saved if `next` were shed instead of `shed`, which is a part of it.
double saving(ShedSet shed, ShedSet next, const ByCollector& cost) {
  ByCollector left = cost;
  for (const auto& rule : kRules) {
    if (has(next, rule.what) && !has(shed, rule.what)) left[rule.of] *= 1 - rule.saves;
  }
  return cost.total() - left.total();
}

/// What it would cost more if it came back; 0 where nobody counts what it would have to do.
double growth(const Rule& rule, const ByCollector& cost) {
  return rule.saves < 1 ? cost[rule.of] * rule.saves / (1 - rule.saves) : 0;
}

/// What to shed, with what stands in its way; `shed` itself where nothing brings anything.
ShedSet best_to_shed(ShedSet shed, const ValveReading& reading) {
  const double over = reading.cost.total() - reading.budget;
  ShedSet best = shed;
  double most = 0;
  for (const auto& rule : kRules) {
    if (has(shed, rule.what)) continue;
    const auto next = with(shed, rule);
    const double saved = saving(shed, next, reading.cost);
    if (saved >= kHelps * over) return next;
    if (saved <= most) continue;
    most = saved;
    best = next;
  }
  return best;
}

std::string percent(double part) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.2f %%", part * 100);
  return text;
}

std::string names_of(ShedSet shed) {
  std::string names;
  for (const auto& rule : kRules) {
    if (has(shed, rule.what)) names += (names.empty() ? "" : " and ") + std::string(rule.name);
  }
  return names;
}

ValveDecision moved(ValveState state, ShedSet next, const ValveReading& reading) {
  const bool sheds = next.count() > state.shed.count();
  std::string reason = names_of(next ^ state.shed) + (sheds ? " shed: " : " back: ");
  state.shed = next;
  state.changed_ns = reading.now_ns;
  state.low_since_ns = 0;
  return {state, reason + "programs cost " + percent(reading.cost.total()) +
                     " of the node, the budget is " + percent(reading.budget)};
}

ValveDecision over_budget(ValveState state, const ValveReading& reading) {
  state.low_since_ns = 0;
  const bool settled = state.changed_ns == 0 || reading.now_ns - state.changed_ns >= kSettle;
  if (!settled) return {state, {}};
  const auto next = best_to_shed(state.shed, reading);
  if (next == state.shed) return {state, {}};
  for (std::size_t i = 0; i < kSheds; ++i) {
    if (!next.test(i) || state.shed.test(i)) continue;
    auto& item = state.items.at(i);
    const bool too_soon = item.opened_ns != 0 && reading.now_ns - item.opened_ns < kTooSoon;
    item.patience_ns = too_soon ? std::min(item.patience_ns * 2, kLastPatience) : kFirstPatience;
  }
  return moved(state, next, reading);
}

bool may_come_back(const ValveState& state, const Rule& rule, const ValveReading& reading) {
  if (!has(state.shed, rule.what) || is_stood_on(state.shed, rule.what)) return false;
  const auto patience = state.items.at(static_cast<std::size_t>(rule.what)).patience_ns;
  return reading.now_ns >= state.low_since_ns + patience &&
         reading.cost.total() + growth(rule, reading.cost) < kFits * reading.budget;
}

ValveDecision under_budget(ValveState state, const ValveReading& reading) {
  if (state.shed.none() || reading.cost.total() >= reading.budget * kLow) {
    state.low_since_ns = 0;
    return {state, {}};
  }
  if (state.low_since_ns == 0) state.low_since_ns = std::max<std::uint64_t>(reading.now_ns, 1);
  for (auto rule = kRules.rbegin(); rule != kRules.rend(); ++rule) {
    if (!may_come_back(state, *rule, reading)) continue;
    auto next = state.shed;
    next.reset(static_cast<std::size_t>(rule->what));
    state.items.at(static_cast<std::size_t>(rule->what)).opened_ns = reading.now_ns;
    return moved(state, next, reading);
  }
  return {state, {}};
}

}  // namespace

std::string_view name_of(Shed what) {
  return rule_of(what).name;
}

ValveEffect effect_of(ShedSet shed) {
  ValveEffect effect;
  if (has(shed, Shed::fewer_samples)) effect.sample_every = 3;
  if (has(shed, Shed::few_samples)) effect.sample_every = 9;
  effect.packets = !has(shed, Shed::packets);
  effect.system_calls = !has(shed, Shed::system_calls);
  effect.faults = !has(shed, Shed::faults);
  effect.wait_stacks = !has(shed, Shed::wait_stacks);
  effect.disk_times = !has(shed, Shed::disk_times);
  effect.requests = !has(shed, Shed::requests);
  effect.connections = !has(shed, Shed::connections);
  effect.reasons = !has(shed, Shed::reasons);
  effect.switches = !has(shed, Shed::switches);
  return effect;
}

std::string missing_of(ShedSet shed) {
  std::string missing;
  for (const auto& rule : kRules) {
    if (!has(shed, rule.what) || is_stood_on(shed, rule.what)) continue;
    missing += (missing.empty() ? "" : ", ") + std::string(rule.missing);
  }
  return missing;
}

ValveDecision turn_valve(const ValveState& state, const ValveReading& reading) {
  // A cost that is no number is no reason to shed anything, nor to stop shedding.
  if (!std::isfinite(reading.cost.total()) || !(reading.budget > 0)) return {state, {}};
  return reading.cost.total() > reading.budget ? over_budget(state, reading)
                                               : under_budget(state, reading);
}

}  // namespace kernwise::sense
