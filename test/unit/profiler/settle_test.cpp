// SPDX-License-Identifier: Apache-2.0
// What is taken back when switches are followed again.
#include "profiler/kernel/settle.hpp"

#include <catch2/catch_all.hpp>
#include <string>

namespace kernwise::kernel {
namespace {

constexpr __u64 kNow = 1000;

kw_slot slot_with(__u64 state, bool has_inbound = false) {
  kw_slot slot{};
  slot.state = state;
  slot.has_inbound = has_inbound ? 1 : 0;
  return slot;
}

}  // namespace

TEST_CASE("settle: nothing of a container is known to run, its requests go on", "[kernel]") {
  struct Row {
    std::string name;
    kw_slot slot;
    __u64 state;
    __s64 busy, blocked;
  };
  constexpr __u64 kRuns = 3 * KW_STATE_ACTIVE_ONE;
  const auto row = GENERATE_COPY(values<Row>({
      {"nothing runs", slot_with(KW_STATE_OUTBOUND_ONE), KW_STATE_OUTBOUND_ONE, 0, 0},
      {"three run", slot_with(kRuns), 0, 1000, 0},
      {"they wait for an answer from now on", slot_with(kRuns + KW_STATE_OUTBOUND_ONE),
       KW_STATE_OUTBOUND_ONE, 1000, -1000},
      {"a server that nobody asks waits for nobody", slot_with(kRuns + KW_STATE_OUTBOUND_ONE, true),
       KW_STATE_OUTBOUND_ONE, 1000, 0},
      {"a server that is asked does",
       slot_with(kRuns + KW_STATE_OUTBOUND_ONE + KW_STATE_INBOUND_ONE, true),
       KW_STATE_OUTBOUND_ONE + KW_STATE_INBOUND_ONE, 1000, -1000},
  }));
  CAPTURE(row.name);
  auto slot = row.slot;
  settle_activity(slot, kNow);
  CHECK(slot.state == row.state);
  CHECK(slot.busy_sum == row.busy);
  CHECK(slot.blocked_sum == row.blocked);
  settle_activity(slot, 2 * kNow);
  CHECK(slot.busy_sum == row.busy);
}

TEST_CASE("settle: who ran on a CPU is not who runs there now", "[kernel]") {
  kw_cpu cpu{};
  cpu.run.task = 0xffff888000000000;
  cpu.run.css_set = 0xffff888000001000;
  cpu.run.slot = 7;
  cpu.clock.last_ns = kNow;
  cpu.unfollowed[0] = 5;
  forget_run(cpu);
  CHECK(cpu.run.task == 0);
  CHECK(cpu.run.css_set == 0);
  CHECK(cpu.run.slot == 0);
  CHECK(cpu.clock.last_ns == kNow);
  CHECK(cpu.unfollowed[0] == 5);
}

TEST_CASE("settle: since when a thread ran or waited is not known, what it does is", "[kernel]") {
  kw_task place{};
  place.owner = 0xffff888000000000;
  place.on_ns = place.off_ns = place.wait_start_ns = kNow;
  place.open[0] = 0xffff888000002000;
  place.asking_slot = 7;
  forget_times(place);
  CHECK(place.on_ns == 0);
  CHECK(place.off_ns == 0);
  CHECK(place.owner == 0xffff888000000000);
  CHECK(place.open[0] == 0xffff888000002000);
  CHECK(place.asking_slot == 7);
}

}  // namespace kernwise::kernel
