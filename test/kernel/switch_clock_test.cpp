// SPDX-License-Identifier: Apache-2.0
// The time that a switch books is the wall's, though it is read from another clock.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <catch2/catch_all.hpp>
#include <cstdlib>
#include <thread>

#include "ebpf/kw_cpu.h"
#include "test/kernel/waits.hpp"

namespace kernwise::test {
namespace {

/// What may pass between the run queue's clock and the look at the other, some microseconds; a
/// hypervisor that ran somebody else in between may make it more for a while, but not always. An
/// emulated CPU stands still that way all the time.
const std::uint64_t kDelay = std::getenv("KERNWISE_EMULATED") ? 10'000'000 : 100'000;

void nap(long ns) {
  const timespec time{0, ns};
  ::nanosleep(&time, nullptr);
}

kw_clock clock_of(const Watch& watch, std::size_t cpu) {
  const auto* map = watch.programs().map("kw_cpus");
  REQUIRE(map != nullptr);
  std::vector<kw_cpu> cpus(kernel::SharedMemory::capacity_of(map));
  const __u32 all = 0;
  REQUIRE(bpf_map_lookup_elem(bpf_map__fd(map), &all, cpus.data()) == 0);
  return cpus.at(cpu).clock;
}

}  // namespace

TEST_CASE("switch clock: the last switch of a CPU lies between two looks at the wall", "[kernel]") {
  KW_REQUIRE_KERNEL();
  constexpr int kTurns = 500;
  Watch watch;
  for (unsigned cpu = 0; cpu < std::thread::hardware_concurrency(); ++cpu) {
    pin_to(static_cast<int>(cpu));
    int outside = 0;
    for (int turn = 0; turn < kTurns; ++turn) {
      const auto begin = kernel::kernel_now_ns();
      nap(50'000);
      const auto clock = clock_of(watch, cpu);
      const auto end = kernel::kernel_now_ns();
      REQUIRE(clock.distance_ns != 0);  // from the run queue, not by a call
      outside += clock.last_ns + kDelay < begin || clock.last_ns > end + kDelay ? 1 : 0;
    }
    CAPTURE(cpu);
    CHECK(outside <= kTurns / 20);
  }
}

}  // namespace kernwise::test
