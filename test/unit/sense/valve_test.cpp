// SPDX-License-Identifier: Apache-2.0
#include "profiler/sense/valve.hpp"

#include <rapidcheck.h>
#include <catch2/catch_all.hpp>
#include <initializer_list>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace kernwise::sense {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr double kBudget = 0.01;

using Costs = std::vector<std::pair<Collector, double>>;

ByCollector costs_of(const Costs& costs) {
  ByCollector by;
  for (const auto& [collector, cost] : costs) by[collector] = cost;
  return by;
}

ShedSet set_of(std::initializer_list<Shed> all) {
  ShedSet set;
  for (const auto what : all) set.set(static_cast<std::size_t>(what));
  return set;
}

ValveDecision look(const ValveState& state, const Costs& costs, std::uint64_t at_seconds) {
  return turn_valve(state,
                    {.cost = costs_of(costs), .budget = kBudget, .now_ns = at_seconds * kSecond});
}

/// Samples that alone are over the budget.
const Costs kDearSamples = {{Collector::samples, 0.02}};
Costs samples(double cost) {
  return {{Collector::samples, cost}};
}

}  // namespace

TEST_CASE("valve: sheds what is missed least of what brings a quarter of the excess", "[sense]") {
  struct Row {
    const char* name;
    Costs costs;
    ShedSet shed, expected;
  };
  using enum Shed;
  const auto row = GENERATE(values<Row>({
      {"samples: 2/3 of 2.0 = 1.33 of an excess of 1.0",
       samples(0.02),
       {},
       set_of({fewer_samples})},
      {"samples at 33 Hz: 2/3 of 1.2 = 0.8 of 0.2", samples(0.012), set_of({fewer_samples}),
       set_of({fewer_samples, few_samples})},
      {"samples of 0.1 bring 0.07 of 0.3, less than 0.075: both steps bring 0.089",
       {{Collector::samples, 0.001}, {Collector::switches, 0.012}},
       {},
       set_of({fewer_samples, few_samples})},
      {"samples bring 0.089 of 1.1, sockets 2.0",
       {{Collector::samples, 0.001}, {Collector::requests, 0.02}},
       {},
       set_of({requests})},
      {"packets before system calls: 0.5 of 1.0 is enough",
       {{Collector::packets, 0.005}, {Collector::system_calls, 0.015}},
       {},
       set_of({packets})},
      {"packets of 0.2 bring less than a quarter of 1.0",
       {{Collector::packets, 0.002}, {Collector::system_calls, 0.018}},
       {},
       set_of({system_calls})},
      {"faults", {{Collector::faults, 0.011}}, {}, set_of({faults})},
      {"a recording: 0.7 of 2.0 = 1.4",
       {{Collector::wait_stacks, 0.02}},
       {},
       set_of({wait_stacks})},
      {"block requests: 0.7 of 2.0 = 1.4", {{Collector::disk, 0.02}}, {}, set_of({disk_times})},
      {"connections take requests with them: 0.6 of 2.0 + 0.1",
       {{Collector::connections, 0.02}, {Collector::requests, 0.001}},
       {},
       set_of({requests, connections})},
      {"classes: 0.2 of 2.0 = 0.4 of 1.0", {{Collector::switches, 0.02}}, {}, set_of({reasons})},
      {"switches: 1 - 0.8 * 0.35 = 0.72 of 10 of an excess of 9; classes bring 2 < 2.25",
       {{Collector::switches, 0.1}},
       {},
       set_of({reasons, switches})},
      {"nothing brings a quarter of 1.0: most do block requests, 0.7 of 0.35",
       {{Collector::disk, 0.0035}, {Collector::samples, 0.0002}, {Collector::switches, 0.0163}},
       set_of({reasons, switches}),
       set_of({disk_times, reasons, switches})},
      {"nothing is left to shed",
       {{Collector::switches, 0.02}},
       set_of({reasons, switches}),
       set_of({reasons, switches})},
      {"what costs is shed already, the rest costs nothing",
       {{Collector::connections, 0.02}},
       set_of({requests, connections}),
       set_of({requests, connections})},
  }));
  CAPTURE(row.name);
  const auto decided = look({.shed = row.shed}, row.costs, 100);
  CHECK(decided.state.shed == row.expected);
  CHECK(decided.reason.empty() == (row.shed == row.expected));
}

TEST_CASE("valve: waits for the effect of a step before the next", "[sense]") {
  using enum Shed;
  const auto [at, expected] = GENERATE(table<std::uint64_t, ShedSet>({
      {100, set_of({fewer_samples})},               // the first look
      {105, set_of({fewer_samples})},               // 5 s later: the effect is not settled
      {110, set_of({fewer_samples, few_samples})},  // 10 s
      {900, set_of({fewer_samples, few_samples})},  // nothing is left that costs
  }));
  CAPTURE(at);
  ValveState state;
  for (std::uint64_t now = 100; now <= at; now += 5) state = look(state, kDearSamples, now).state;
  CHECK(state.shed == expected);
}

TEST_CASE("valve: says what moved and why, and nothing when nothing did", "[sense]") {
  const auto shed = look({}, {{Collector::requests, 0.0234}}, 100);
  CHECK(shed.reason == "requests shed: programs cost 2.34 % of the node, the budget is 1.00 %");
  CHECK(look({}, {{Collector::requests, 0.009}}, 100).reason.empty());
  CHECK(look(shed.state, {{Collector::requests, 0.0234}}, 101).reason.empty());
  const auto low = look(shed.state, {}, 110);
  CHECK(look(low.state, {}, 170).reason ==
        "requests back: programs cost 0.00 % of the node, the budget is 1.00 %");
  CHECK(
      look({}, {{Collector::switches, 0.1}}, 100).reason.starts_with("reasons and switches shed"));
}

TEST_CASE("valve: opens after a minute under half the budget, not before", "[sense]") {
  const auto [name, costs, after, back] = GENERATE(table<std::string, Costs, std::uint64_t, bool>({
      {"55 s < 60 s", {{Collector::disk, 0.0049}}, 55, false},
      {"60 s", {{Collector::disk, 0.0049}}, 60, true},
      {"over half: it would come right back", {{Collector::disk, 0.0051}}, 900, false},
      {"0.25 and twice as much on top = 0.75 < 0.9", {{Collector::samples, 0.0025}}, 60, true},
      {"0.31 and twice as much on top = 0.93", {{Collector::samples, 0.0031}}, 900, false},
  }));
  CAPTURE(name);
  auto state = look({}, kDearSamples, 100).state;
  REQUIRE(state.shed.any());
  for (std::uint64_t now = 110; now <= 110 + after; now += 5) state = look(state, costs, now).state;
  CHECK(state.shed.none() == back);
}

TEST_CASE("valve: what is missed most comes back first, what stands on another before it",
          "[sense]") {
  using enum Shed;
  ValveState state{.shed = set_of({fewer_samples, requests, connections, reasons, switches})};
  const Shed order[] = {switches, reasons, connections, requests, fewer_samples};
  std::uint64_t now = 100;
  for (const auto back : order) {
    state = look(state, {}, now).state;  // low from here on
    CHECK(state.shed.test(static_cast<std::size_t>(back)));
    state = look(state, {}, now += 60).state;
    CHECK_FALSE(state.shed.test(static_cast<std::size_t>(back)));
    now += 5;
  }
  CHECK(state.shed.none());
}

TEST_CASE("valve: what does not fit does not keep back what does", "[sense]") {
  using enum Shed;
  ValveState state{.shed = set_of({packets, reasons, switches})};
  // Switches that are only counted cost 0.4; followed 0.4 / 0.35 = 1.14.
  const Costs counted = {{Collector::switches, 0.004}};
  state = look(look(state, counted, 100).state, counted, 160).state;
  CHECK(state.shed == set_of({reasons, switches}));
}

TEST_CASE("valve: one costly window starts the minute anew", "[sense]") {
  auto state = look({}, kDearSamples, 100).state;
  state = look(state, samples(0.001), 110).state;
  state = look(state, samples(0.006), 165).state;
  state = look(state, samples(0.001), 170).state;
  CHECK(look(state, samples(0.001), 175).state.shed.any());
  CHECK(look(state, samples(0.001), 230).state.shed.none());
}

TEST_CASE("valve: what had to be shed again doubles its own patience", "[sense]") {
  const auto patience = [](const ValveState& state) { return state.items.at(0).patience_ns; };
  auto state = look({}, kDearSamples, 100).state;
  state = look(look(state, {}, 110).state, {}, 170).state;  // back at 170
  REQUIRE(state.shed.none());
  state = look(state, kDearSamples, 200).state;  // 30 s later: shed again
  CHECK(patience(state) == 120 * kSecond);
  CHECK(state.items.at(1).patience_ns == 60 * kSecond);
  state = look(look(state, {}, 210).state, {}, 329).state;
  CHECK(state.shed.any());
  state = look(state, {}, 330).state;
  CHECK(state.shed.none());
  state = look(state, kDearSamples, 330 + 301).state;  // after more than 5 min: as new
  CHECK(patience(state) == 60 * kSecond);
}

TEST_CASE("valve: numbers that mean nothing move nothing", "[sense]") {
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  const ValveState closed{
      .shed = set_of({Shed::fewer_samples}), .changed_ns = 1, .low_since_ns = 1};
  CHECK(look(closed, samples(nan), 1000).state == closed);
  CHECK(turn_valve(closed, {.cost = costs_of(samples(0.5)), .budget = 0, .now_ns = 1}).state ==
        closed);
  CHECK(turn_valve(closed, {.cost = costs_of(samples(0.5)), .budget = nan, .now_ns = 1}).state ==
        closed);
}

TEST_CASE("valve: everything that can be shed does something, and says what is missing",
          "[sense]") {
  CHECK(effect_of({}) == ValveEffect{});
  CHECK(missing_of({}).empty());
  for (std::size_t i = 0; i < kSheds; ++i) {
    const auto what = static_cast<Shed>(i);
    CAPTURE(std::string(name_of(what)));
    CHECK(effect_of(set_of({what})) != ValveEffect{});
    CHECK_FALSE(missing_of(set_of({what})).empty());
  }
  using enum Shed;
  CHECK(missing_of(set_of({fewer_samples, few_samples, requests, reasons, switches})) ==
        "functions are sampled at 11 Hz, requests on sockets are not followed, context switches "
        "are not followed");
  CHECK(effect_of(set_of({fewer_samples})).sample_every == 3);
  CHECK(effect_of(set_of({fewer_samples, few_samples})).sample_every == 9);
}

TEST_CASE("valve: whatever it sees, it moves slowly and only towards the budget", "[sense]") {
  REQUIRE(rc::check(
      "sheds when over, opens when under, never two changes within 10 s",
      [](const std::vector<std::array<std::uint8_t, kCollectors>>& windows) {
        ValveState state;
        std::uint64_t now = 1000;
        for (const auto& window : windows) {
          Costs costs;
          for (std::size_t i = 0; i < kCollectors; ++i) {
            costs.emplace_back(static_cast<Collector>(i), window.at(i) / 20'000.0);  // 0 .. 1.3 %
          }
          const double total = costs_of(costs).total();
          const auto next = look(state, costs, now);
          const auto more = next.state.shed & ~state.shed, fewer = state.shed & ~next.state.shed;
          RC_ASSERT(next.reason.empty() == (more.none() && fewer.none()));
          RC_ASSERT(more.none() || (fewer.none() && total > kBudget && more.count() <= 2));
          RC_ASSERT(fewer.none() || (total < kBudget / 2 && fewer.count() == 1));
          for (const auto& item : next.state.items) RC_ASSERT(item.patience_ns <= 1800 * kSecond);
          if (!next.reason.empty() && state.changed_ns != 0) {
            RC_ASSERT(now * kSecond - state.changed_ns >= 10 * kSecond);
          }
          state = next.state;
          now += 5;
        }
      }));
}

}  // namespace kernwise::sense
