// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>

#include <catch2/catch_all.hpp>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "ebpf/kw_clock.h"

namespace kernwise {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000, kMilli = 1'000'000;

}  // namespace

TEST_CASE("switch clock: a refresh believes a short distance and a slow growth", "[kernel]") {
  struct Row {
    std::string name;
    kw_clock clock;
    std::uint64_t run_queue, monotonic, distance, now;
  };
  // 4 ms after the last refresh: 4,000,000 / 2048 = 1953 ns are slewing.
  const kw_clock kept{
      .distance_ns = 100, .refreshed_ns = kSecond, .last_ns = kSecond, .doubted = 0};
  const auto at = kSecond + 4 * kMilli;
  const auto row = GENERATE_COPY(values<Row>({
      {"the first", {}, kSecond, 3 * kSecond, 2 * kSecond, 3 * kSecond},
      {"the first, run queue ahead", {}, 3 * kSecond, kSecond, -2 * kSecond, kSecond},
      {"the same", kept, at - 100, at, 100, at},
      {"shorter", kept, at - 40, at, 40, at},
      {"longer, by slewing", kept, at - 1100, at, 1100, at},
      {"longer, by a delay", kept, at - 50'100, at, 100 + 1953, at - 50'100 + 100 + 1953},
      {"longer, by a jump that was found before",
       {.distance_ns = 100, .refreshed_ns = kSecond, .last_ns = kSecond, .doubted = 2 * kMilli},
       at - 2 * kMilli,
       at,
       2 * kMilli,
       at},
      {"the run queue went back, found before",
       {.distance_ns = 100,
        .refreshed_ns = kSecond,
        .last_ns = kSecond,
        .doubted = kSecond / 2 + 4 * kMilli},
       kSecond / 2,
       at,
       kSecond / 2 + 4 * kMilli,
       at},
      // 100 shorter would be 60 ns before the last time given.
      {"shorter than passed",
       {.distance_ns = 200, .refreshed_ns = kSecond, .last_ns = at + 60, .doubted = 0},
       at - 100,
       at,
       160,
       at + 60},
  }));
  CAPTURE(row.name);
  auto clock = row.clock;
  CHECK(kw_clock_refresh(&clock, row.run_queue, row.monotonic) == row.now);
  CHECK(clock.distance_ns == row.distance);
  CHECK(clock.refreshed_ns == row.now);
}

TEST_CASE("switch clock: one stop of the machine is no jump of the clocks", "[kernel]") {
  constexpr auto kStop = 600 * kMilli;
  kw_clock clock{.distance_ns = 100, .refreshed_ns = kSecond, .last_ns = kSecond, .doubted = 0};
  const auto stopped = kSecond + 4 * kMilli;
  // It stopped between the update of the run queue's clock and the look at the other.
  CHECK(kw_clock_refresh(&clock, stopped - 100, stopped + kStop) < stopped + kMilli);
  const auto after = stopped + kStop + kMilli;
  CHECK(kw_clock_is_old(&clock, after));  // asks again at once
  CHECK(kw_clock_refresh(&clock, after - 100, after) == after);
  CHECK(clock.doubted == 0);
  CHECK_FALSE(kw_clock_is_old(&clock, after + kMilli));
}

TEST_CASE("switch clock: a jump of the clocks is believed when it is found again", "[kernel]") {
  constexpr auto kJump = 600 * kMilli;
  kw_clock clock{.distance_ns = 100, .refreshed_ns = kSecond, .last_ns = kSecond, .doubted = 0};
  const auto at = kSecond + 4 * kMilli;
  kw_clock_refresh(&clock, at - 100, at + kJump);
  CHECK(kw_clock_is_old(&clock, at + 1000));
  CHECK(kw_clock_refresh(&clock, at + 900, at + 1000 + kJump) == at + 1000 + kJump);
  CHECK_FALSE(kw_clock_is_old(&clock, at + kJump + 2000));
}

TEST_CASE("switch clock: a distance is kept for four milliseconds", "[kernel]") {
  const kw_clock never{};
  const kw_clock clock{.distance_ns = 7, .refreshed_ns = kSecond, .last_ns = kSecond, .doubted = 0};
  CHECK(kw_clock_is_old(&never, kSecond));
  CHECK_FALSE(kw_clock_is_old(&clock, kSecond));
  CHECK_FALSE(kw_clock_is_old(&clock, kSecond + 4 * kMilli - 1));
  CHECK(kw_clock_is_old(&clock, kSecond + 4 * kMilli));
  CHECK(kw_clock_is_old(&clock, kSecond - 1));
}

TEST_CASE("switch clock: whatever the delays, times never go back nor leave the wall", "[kernel]") {
  constexpr std::uint64_t kLongestDelay = 900'000;
  // Within one refresh the distance may move by half of what a refresh allows.
  constexpr std::uint64_t kMoved = 4 * kMilli / 4096 + 2;
  REQUIRE(rc::check("times follow the wall", [&] {
    kw_clock clock{};
    std::uint64_t run_queue = kSecond, distance = 5 * kSecond, before = 0;
    const auto switches =
        *rc::gen::container<std::vector<std::tuple<std::uint64_t, std::uint64_t>>>(
            rc::gen::tuple(rc::gen::inRange<std::uint64_t>(0, 20 * kMilli),
                           rc::gen::inRange<std::uint64_t>(0, kLongestDelay)));
    const bool faster = *rc::gen::arbitrary<bool>();
    for (const auto& [passed, delay] : switches) {
      run_queue += passed;
      distance += faster ? passed / 4096 : -(passed / 4096);
      const auto wall = run_queue + distance;
      auto now = run_queue + clock.distance_ns;
      if (kw_clock_is_old(&clock, now)) now = kw_clock_refresh(&clock, run_queue, wall + delay);
      clock.last_ns = now;
      RC_ASSERT(now >= before);
      RC_ASSERT(now <= wall + kLongestDelay + kMoved);
      RC_ASSERT(now + kMoved >= wall);
      before = now;
    }
  }));
}

}  // namespace kernwise
