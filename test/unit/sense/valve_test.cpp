// SPDX-License-Identifier: Apache-2.0
#include "profiler/sense/valve.hpp"

#include <rapidcheck.h>
#include <catch2/catch_all.hpp>
#include <limits>
#include <tuple>

namespace kernwise::sense {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr double kBudget = 0.01;

ValveDecision look(const ValveState& state, double cost, std::uint64_t at_seconds) {
  return turn_valve(state, {.cost = cost, .budget = kBudget, .now_ns = at_seconds * kSecond});
}

}  // namespace

TEST_CASE("valve: closes step by step while the programs are over their budget", "[sense]") {
  const auto [at, expected] = GENERATE(table<std::uint64_t, ValveStep>({
      {100, ValveStep::fewer_samples},  // the first look
      {105, ValveStep::fewer_samples},  // 5 s later: the effect is not settled
      {110, ValveStep::few_samples},    // 10 s
      {120, ValveStep::no_disk_times},  // 20 s
      {130, ValveStep::no_reasons},     // 30 s
      {140, ValveStep::no_switches},    // 40 s
      {900, ValveStep::no_switches},    // nothing is left to shed
  }));
  CAPTURE(at);
  ValveState state;
  for (std::uint64_t now = 100; now <= at; now += 5) state = look(state, 0.02, now).state;
  CHECK(state.step == expected);
}

TEST_CASE("valve: says why it moved, and nothing when it did not", "[sense]") {
  const auto closed = look({}, 0.0234, 100);
  CHECK(closed.reason == "programs cost 2.34 % of the node, the budget is 1.00 %");
  CHECK(look({}, 0.009, 100).reason.empty());
  CHECK(look(closed.state, 0.0234, 101).reason.empty());
}

TEST_CASE("valve: opens after a minute under half the budget, not before", "[sense]") {
  const auto [cost, after, expected] = GENERATE(table<double, std::uint64_t, ValveStep>({
      {0.0049, 55, ValveStep::fewer_samples},   // 55 s < 60 s
      {0.0049, 60, ValveStep::full},            // 60 s
      {0.0051, 900, ValveStep::fewer_samples},  // over half: it would come right back
  }));
  CAPTURE(cost, after);
  auto state = look({}, 0.02, 100).state;
  for (std::uint64_t now = 110; now <= 110 + after; now += 5) state = look(state, cost, now).state;
  CHECK(state.step == expected);
}

TEST_CASE("valve: one costly window starts the minute anew", "[sense]") {
  auto state = look({}, 0.02, 100).state;
  state = look(state, 0.001, 110).state;
  state = look(state, 0.006, 165).state;
  state = look(state, 0.001, 170).state;
  CHECK(look(state, 0.001, 175).state.step == ValveStep::fewer_samples);
  CHECK(look(state, 0.001, 230).state.step == ValveStep::full);
}

TEST_CASE("valve: a step that had to be taken back doubles the patience", "[sense]") {
  auto state = look({}, 0.02, 100).state;
  state = look(look(state, 0.001, 110).state, 0.001, 170).state;  // opened at 170
  REQUIRE(state.step == ValveStep::full);
  state = look(state, 0.02, 200).state;  // 30 s later: back
  CHECK(state.patience_ns == 120 * kSecond);
  state = look(look(state, 0.001, 210).state, 0.001, 329).state;
  CHECK(state.step == ValveStep::fewer_samples);
  state = look(state, 0.001, 330).state;
  CHECK(state.step == ValveStep::full);
  state = look(state, 0.02, 330 + 301).state;  // after more than 5 min: as new
  CHECK(state.patience_ns == 60 * kSecond);
}

TEST_CASE("valve: numbers that mean nothing move nothing", "[sense]") {
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  const ValveState closed{.step = ValveStep::few_samples, .changed_ns = 1, .low_since_ns = 1};
  CHECK(look(closed, nan, 1000).state == closed);
  CHECK(turn_valve(closed, {.cost = 0.5, .budget = 0, .now_ns = 1}).state == closed);
  CHECK(turn_valve(closed, {.cost = 0.5, .budget = nan, .now_ns = 1}).state == closed);
}

TEST_CASE("valve: each step sheds what those before it shed", "[sense]") {
  ValveEffect before = effect_of(ValveStep::full);
  CHECK(before == ValveEffect{});
  CHECK(missing_at(ValveStep::full).empty());
  for (std::size_t i = 1; i < kValveSteps; ++i) {
    const auto effect = effect_of(static_cast<ValveStep>(i));
    CHECK(effect.sample_every >= before.sample_every);
    CHECK((before.disk_times || !effect.disk_times));
    CHECK((before.reasons || !effect.reasons));
    CHECK((before.switches || !effect.switches));
    CHECK(effect != before);
    CHECK_FALSE(missing_at(static_cast<ValveStep>(i)).empty());
    before = effect;
  }
}

TEST_CASE("valve: moves at most one step a look, whatever it sees", "[sense]") {
  REQUIRE(rc::check("one step, in range, never two changes within 10 s upwards",
                    [](const std::vector<std::uint8_t>& costs) {
                      ValveState state;
                      std::uint64_t now = 1000;
                      for (const auto cost : costs) {
                        const auto next = look(state, cost / 5000.0, now);  // 0 .. 5 %
                        const int moved =
                            static_cast<int>(next.state.step) - static_cast<int>(state.step);
                        RC_ASSERT(moved >= -1 && moved <= 1);
                        RC_ASSERT(next.reason.empty() == (moved == 0));
                        RC_ASSERT(static_cast<std::size_t>(next.state.step) < kValveSteps);
                        RC_ASSERT(next.state.patience_ns <= 1800 * kSecond);
                        if (moved == 1 && state.changed_ns != 0) {
                          RC_ASSERT(now * kSecond - state.changed_ns >= 10 * kSecond);
                        }
                        state = next.state;
                        now += 5;
                      }
                    }));
}

TEST_CASE("run cost: estimate and calibration", "[sense]") {
  // 1,000,000 * 150 ns + 990 * 11,000 ns = 160,890,000 ns
  CHECK(estimated_ns({.switches = 1'000'000, .samples = 990}, {}) == Catch::Approx(160'890'000));
  const auto [measured, switches, expected] = GENERATE(table<double, std::uint64_t, double>({
      {20'000'000, 100'000, 200},  // 20 ms / 100,000
      {20'000'000, 999, 150},      // too few switches to say anything
      {1, 100'000, 50},            // not under a third of the usual
      {1e12, 100'000, 1500},       // not over ten times
      {std::numeric_limits<double>::infinity(), 100'000, 150},
  }));
  CAPTURE(measured, switches);
  CHECK(calibrated(measured, {.switches = switches, .samples = 0}, {}).switch_ns ==
        Catch::Approx(expected));
}

TEST_CASE("run cost: follows what the programs time of themselves, and what is recorded",
          "[sense]") {
  const RunCost measured{.switch_ns = 200, .timed_ns = 120};
  const auto [name, runs, expected] = GENERATE(table<std::string, ProgramRuns, double>({
      {"as when it was measured: 1000 * 200",
       {.switches = 1000, .timed_switches = 20, .timed_ns = 20 * 120},
       200'000},
      {"80 ns dearer: 1000 * 280",
       {.switches = 1000, .timed_switches = 20, .timed_ns = 20 * 200},
       280'000},
      {"too few timed runs", {.switches = 1000, .timed_switches = 19, .timed_ns = 19'000}, 200'000},
      {"not over ten times the usual: 1000 * 1500",
       {.switches = 1000, .timed_switches = 20, .timed_ns = 20 * 1'000'000},
       1'500'000},
      {"a recording on top", {.switches = 1000, .self_timed_ns = 50'000}, 250'000},
  }));
  CAPTURE(name);
  CHECK(estimated_ns(runs, measured) == Catch::Approx(expected));
  // (300,000 - 50,000 of the recording) / 1000 = 250; a timed run took 130
  const auto again = calibrated(
      300'000,
      {.switches = 1000, .timed_switches = 20, .timed_ns = 20 * 130, .self_timed_ns = 50'000},
      measured);
  CHECK(again.switch_ns == Catch::Approx(250));
  CHECK(again.timed_ns == Catch::Approx(130));
}

}  // namespace kernwise::sense
