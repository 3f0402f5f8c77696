// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_all.hpp>

#include "test/kernel/waits.hpp"
#include "test/support/show_result.hpp"

namespace kernwise::test {
namespace {

double share_behind(const Comparison& seen, std::uint32_t slot) {
  for (const auto& culprit : seen.culprits) {
    if (culprit.slot == slot) return culprit.share;
  }
  return 0;
}

}  // namespace

TEST_CASE("culprits: two cgroups that share a CPU each wait behind the other", "[kernel]") {
  KW_REQUIRE_KERNEL();
  Watch watch;
  const Cgroup first("first"), second("second");
  const auto first_slot = watch.follow(first), second_slot = watch.follow(second);
  Workload one(first, spin_on_first_cpu), other(second, spin_on_first_cpu);
  REQUIRE(one.wait_ready());
  REQUIRE(other.wait_ready());
  const auto seen = watch.compare(first_slot, one.truth(), 1.5);
  CAPTURE(seen.behind_others, seen.seen[Share::runqueue]);
  // Its equal gets as much of the CPU as itself, so it has at least a third of the waits when
  // somebody else of this machine wants that CPU too; nobody's waits are counted twice.
  double all = 0;
  for (const auto& culprit : seen.culprits) all += culprit.share;
  CHECK(share_behind(seen, second_slot) > 0.15);
  CHECK(seen.behind_others == Catch::Approx(seen.seen[Share::runqueue]).margin(0.05));
  CHECK(all == Catch::Approx(seen.behind_others).margin(0.1));
}

TEST_CASE("culprits: a slot that is cleared is nobody's culprit any more", "[kernel]") {
  KW_REQUIRE_KERNEL();
  Watch watch;
  const Cgroup first("first"), second("second");
  const auto first_slot = watch.follow(first), second_slot = watch.follow(second);
  {
    Workload one(first, spin_on_first_cpu), other(second, spin_on_first_cpu);
    REQUIRE(one.wait_ready());
    REQUIRE(other.wait_ready());
    REQUIRE(share_behind(watch.compare(first_slot, one.truth(), 0.5), second_slot) > 0);
  }
  watch.reader().clear_slots({second_slot});
  const std::uint32_t slots[] = {first_slot};
  const auto reading = watch.reader().read(slots);
  REQUIRE(reading);
  for (const auto& pair : reading->culprits) {
    CHECK(pair.key.victim != second_slot);
    CHECK(pair.key.culprit != second_slot);
  }
}

}  // namespace kernwise::test
