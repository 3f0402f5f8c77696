// SPDX-License-Identifier: Apache-2.0
#include "test/kernel/waits.hpp"

#include <catch2/catch_all.hpp>
#include <cmath>
#include <cstdlib>

namespace kernwise::test {
namespace {

constexpr double kWindow = 1.5;
/// Issue bound: thread-seconds per second that seen and known may differ, per thread. An emulated
/// CPU may stand still for a while between two readings of its clocks.
const double kTolerance = std::getenv("KERNWISE_EMULATED") ? 0.25 : 0.15;

/// Loaded once for all rows: loading takes as long as measuring one.
Watch& shared_watch() {
  static Watch watch;
  return watch;
}

void check_scenario(const WaitScenario& scenario) {
  KW_REQUIRE_KERNEL();
  CAPTURE(scenario.name);
  auto& watch = shared_watch();
  const Cgroup cgroup("wait");
  const auto slot = watch.follow(cgroup);
  Workload workload(cgroup, scenario.body);
  REQUIRE(workload.wait_ready());
  const auto result = watch.compare(slot, workload.truth(), kWindow);
  for (std::size_t i = 0; i < kShareCount; ++i) {
    const auto share = static_cast<Share>(i);
    CAPTURE(name_of(share), result.seen[share], result.known[share], result.threads);
    CHECK(std::abs(result.seen[share] - result.known[share]) <= kTolerance);
  }
  // The row means something only where the workload really waited that way.
  CHECK(result.known[scenario.expected] > 0.02);
  // Every thread-second of the window is accounted for.
  CHECK(result.seen.total() == Catch::Approx(result.threads).margin(0.1 * result.threads + 0.05));
}

}  // namespace

TEST_CASE("sleeping and local waits are seen as what they are", "[kernel]") {
  const auto scenarios = sleeping_scenarios();
  check_scenario(scenarios[GENERATE_COPY(range(std::size_t{0}, scenarios.size()))]);
}

TEST_CASE("network waits are the answers asked for, all else is idle", "[kernel]") {
  const auto scenarios = network_scenarios();
  check_scenario(scenarios[GENERATE_COPY(range(std::size_t{0}, scenarios.size()))]);
}

TEST_CASE("disk waits are seen whatever the way to the disk", "[kernel]") {
  const auto scenarios = disk_scenarios();
  check_scenario(scenarios[GENERATE_COPY(range(std::size_t{0}, scenarios.size()))]);
}

TEST_CASE("running and waiting for a CPU are told apart", "[kernel]") {
  const auto scenarios = cpu_scenarios();
  check_scenario(scenarios[GENERATE_COPY(range(std::size_t{0}, scenarios.size()))]);
}

}  // namespace kernwise::test
