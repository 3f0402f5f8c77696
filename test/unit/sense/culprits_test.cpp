// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_all.hpp>

#include "profiler/sense/window.hpp"

namespace kernwise::sense {
namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr Span kTwoSeconds{1'000 * kMillisecond, 3'000 * kMillisecond};

CulpritReading behind(std::uint32_t culprit, std::uint64_t wait_ms) {
  return {.key = {.victim = 3, .culprit = culprit},
          .value = {.wait_ns = wait_ms * kMillisecond, .waits = 1, .last_ns = 1}};
}

}  // namespace

TEST_CASE("culprits_between: who held the CPU, worst first, per second of the window", "[sense]") {
  const std::vector<CulpritReading> before{behind(7, 100), behind(8, 50)};
  const std::vector<CulpritReading> now{behind(7, 300), behind(8, 50), behind(9, 1000),
                                        behind(KW_KERNEL_SLOT, 20)};
  const auto culprits = culprits_between(before, now, kTwoSeconds, 16);
  REQUIRE(culprits.size() == 3);  // 8 did nothing in this window
  CHECK(culprits[0].slot == 9);
  CHECK(culprits[0].share == Catch::Approx(0.5));  // (1000 - 0) ms / 2000 ms
  CHECK(culprits[1].slot == 7);
  CHECK(culprits[1].share == Catch::Approx(0.1));  // (300 - 100) / 2000
  CHECK(culprits[2].slot == KW_KERNEL_SLOT);
  CHECK(culprits[2].share == Catch::Approx(0.01));  // 20 / 2000
}

TEST_CASE("culprits_between: bounded, and nothing from a counter that went back or no time",
          "[sense]") {
  const std::vector<CulpritReading> now{behind(1, 1), behind(2, 2), behind(3, 3)};
  CHECK(culprits_between({}, now, kTwoSeconds, 2).size() == 2);
  const std::vector<CulpritReading> larger{behind(1, 9), behind(2, 9), behind(3, 9)};
  CHECK(culprits_between(larger, now, kTwoSeconds, 16).empty());
  CHECK(culprits_between({}, now, {5, 5}, 16).empty());
}

}  // namespace kernwise::sense
