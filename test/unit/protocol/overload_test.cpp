// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/overload.hpp"

#include <catch2/catch_all.hpp>

namespace kernwise::protocol {
namespace {

using std::chrono::milliseconds;

/// Answers that take `busy` ms of each second, for whole seconds.
struct Load {
  Overload overload;
  MonoTime now = MonoTime(std::chrono::hours(1));

  bool after(int seconds, int busy) {
    for (int second = 0; second < seconds; ++second) {
      for (int tenth = 0; tenth < 10; ++tenth, now += milliseconds(100)) {
        overload.spent(now, now + milliseconds(busy / 10));
      }
    }
    return overload.at(now);
  }
};

TEST_CASE("overload: from nine tenths of a second on, until half of one", "[protocol]") {
  Load load;
  CHECK_FALSE(load.after(3, 890));
  CHECK(load.after(3, 900));
  CHECK(load.after(3, 510));  // not calm yet
  CHECK_FALSE(load.after(3, 500));
  CHECK_FALSE(load.after(3, 890));  // and busy again is not overloaded
}

TEST_CASE("overload: one long answer in a quiet time is none", "[protocol]") {
  Load load;
  load.overload.spent(load.now, load.now + milliseconds(300));
  CHECK_FALSE(load.overload.at(load.now + milliseconds(1'000)));
}

TEST_CASE("overload: silence ends it", "[protocol]") {
  Load load;
  REQUIRE(load.after(3, 950));
  CHECK(load.overload.at(load.now + milliseconds(500)));
  CHECK_FALSE(load.overload.at(load.now + milliseconds(2'000)));
}

}  // namespace
}  // namespace kernwise::protocol
