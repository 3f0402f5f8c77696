// SPDX-License-Identifier: Apache-2.0
#include "profiler/sense/recent_cost.hpp"

#include <catch2/catch_all.hpp>

#include "profiler/sense/valve.hpp"

namespace kernwise::sense {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

ByCollector switches(double ns) {
  ByCollector spent;
  spent[Collector::switches] = ns;
  return spent;
}

TEST_CASE("recent cost: the newest windows that make up ten seconds", "[sense]") {
  RecentCost recent;
  CHECK_FALSE(recent.parts().has_value());
  // 1 s each on two CPUs: 10 ms of 2,000 ms is 0.5 %.
  for (int window = 0; window < 9; ++window) recent.add(switches(10e6), kSecond, 2);
  CHECK_FALSE(recent.parts().has_value());
  recent.add(switches(10e6), kSecond, 2);
  CHECK(recent.parts().value()[Collector::switches] == Catch::Approx(0.005));
  // Another 30 ms: 9 * 10 + 30 = 120 of 20,000 ms.
  recent.add(switches(30e6), kSecond, 2);
  CHECK(recent.parts().value()[Collector::switches] == Catch::Approx(0.006));
  // One of ten seconds stands for itself: 400 of 20,000 ms.
  recent.add(switches(400e6), 10 * kSecond, 2);
  CHECK(recent.parts().value()[Collector::switches] == Catch::Approx(0.02));
  recent.clear();
  CHECK_FALSE(recent.parts().has_value());
}

TEST_CASE("recent cost: a first window that reaches back to the boot does not dilute", "[sense]") {
  RecentCost recent;
  recent.add(switches(1e6), 1'000'000 * kSecond, 2);
  CHECK(recent.parts().has_value());
  recent.add(switches(400e6), 10 * kSecond, 2);
  CHECK(recent.parts().value()[Collector::switches] == Catch::Approx(0.02));
}

TEST_CASE("recent cost: windows of nothing count for nothing, the shortest are enough in number",
          "[sense]") {
  RecentCost recent;
  recent.add(switches(1e6), 0, 2);
  recent.add(switches(1e6), kSecond, 0);
  recent.add(switches(1e6), kSecond, -1);
  for (std::size_t window = 1; window < RecentCost::kMostWindows; ++window) {
    recent.add(switches(1000), 1'000'000, 1);
    CHECK_FALSE(recent.parts().has_value());
  }
  recent.add(switches(1000), 1'000'000, 1);
  CHECK(recent.parts().value()[Collector::switches] == Catch::Approx(0.001));
}

TEST_CASE("recent cost: a run that the machine stopped in does not turn the valve", "[sense]") {
  // Two runs of 512 each in one second, counted as 20 us at most: 20.5 of 2,000 ms are 1.0 %.
  constexpr double kStopped = 2 * 512 * 20'000.0, kUsual = 8e6;  // 0.4 %
  const double budget = 0.01;
  RecentCost recent;
  ValveState state;
  for (std::uint64_t second = 1; second <= 60; ++second) {
    const bool stopped = second % 15 == 0;
    recent.add(switches(kUsual + (stopped ? kStopped : 0)), kSecond, 2);
    const bool over_alone = (kUsual + (stopped ? kStopped : 0)) / 2e9 > budget;
    CHECK(over_alone == stopped);
    const auto cost = recent.parts();
    if (!cost) continue;
    state = turn_valve(state, {.cost = *cost, .budget = budget, .now_ns = second * kSecond}).state;
    CHECK(state.shed.none());
  }
}

}  // namespace
}  // namespace kernwise::sense
