// SPDX-License-Identifier: Apache-2.0
// A CPU that goes and comes back: only where nobody else needs it.
#include <sched.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <fstream>

#include "test/kernel/waits.hpp"

namespace kernwise::test {
namespace {

constexpr const char* kSecondCpu = "/sys/devices/system/cpu/cpu1/online";

bool switch_second_cpu(bool on) {
  std::ofstream file(kSecondCpu);
  return static_cast<bool>(file << (on ? "1" : "0") << std::flush);
}

void spin_on_second_cpu(Truth& truth) {
  cpu_set_t second;
  CPU_ZERO(&second);
  CPU_SET(1, &second);
  if (::sched_setaffinity(0, sizeof(second), &second) != 0) ::_exit(71);
  truth.ready = true;
  while (!truth.stop) burn(0.01);
}

std::uint64_t samples_of(Watch& watch, std::uint32_t slot) {
  const auto reading = watch.reader().read(std::array{slot});
  REQUIRE(reading.has_value());
  return reading->slots.at(0).second.samples;
}

/// Samples of a program that spins on the second CPU for a second.
std::uint64_t sampled_there(Watch& watch, std::uint32_t slot, const Cgroup& cgroup) {
  Workload workload(cgroup, spin_on_second_cpu);
  REQUIRE(workload.wait_ready());
  const auto before = samples_of(watch, slot);
  let_run(1);
  return samples_of(watch, slot) - before;
}

}  // namespace

TEST_CASE("hotplug: a CPU that went and came back is sampled again", "[kernel]") {
  KW_REQUIRE_KERNEL();
  if (::getenv("KERNWISE_EMULATED") == nullptr) SKIP("this machine's CPUs are needed by others");
  if (::access(kSecondCpu, W_OK) != 0) SKIP("no second CPU that can be switched off");
  Watch watch;
  const Cgroup cgroup("hotplug");
  const auto slot = watch.follow(cgroup);
  CHECK(sampled_there(watch, slot, cgroup) > 0);
  for (int turn = 0; turn < 3; ++turn) {
    REQUIRE(switch_second_cpu(false));
    CHECK(watch.programs().follow_cpus().has_value());
    CHECK(watch.reader().read(std::array{slot}).has_value());
    REQUIRE(switch_second_cpu(true));
    CHECK(watch.programs().follow_cpus().has_value());
    CHECK(sampled_there(watch, slot, cgroup) > 0);
  }
}

}  // namespace kernwise::test
