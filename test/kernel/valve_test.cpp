// SPDX-License-Identifier: Apache-2.0
// What the valve does to the real programs.
#include <unistd.h>

#include <catch2/catch_all.hpp>

#include "profiler/app/budget.hpp"
#include "profiler/kernel/cost.hpp"
#include "test/kernel/waits.hpp"
#include "test/support/show_result.hpp"

namespace kernwise::test {
namespace {

void nap(Truth& truth) {
  truth.ready = true;
  while (!truth.stop) ::usleep(1000);
}

void spin(Truth& truth) {
  truth.ready = true;
  while (!truth.stop) burn(0.01);
}

/// What a slot counted while `run` went on.
kw_slot grown_by(Watch& watch, std::uint32_t slot, const std::function<void()>& run) {
  const std::uint32_t slots[] = {slot};
  const auto read = [&] {
    const auto reading = watch.reader().read(slots);
    REQUIRE(reading);
    return reading->slots.at(0).second;
  };
  const auto before = read();
  run();
  auto now = read();
  now.samples -= before.samples;
  now.on_cpu_ns -= before.on_cpu_ns;
  for (int i = 0; i < KW_CLASS_MAX; ++i) now.class_ns[i] -= before.class_ns[i];
  return now;
}

}  // namespace

TEST_CASE("valve: without reasons waits are counted and not told apart", "[kernel]") {
  KW_REQUIRE_KERNEL();
  Watch watch;
  const Cgroup cgroup("valve");
  const auto slot = watch.follow(cgroup);
  Workload sleeper(cgroup, nap);
  REQUIRE(sleeper.wait_ready());
  const auto told = grown_by(watch, slot, [] { let_run(0.5); });
  CHECK(told.class_ns[KW_CLASS_SLEEP] > 0);
  CHECK(told.class_ns[KW_CLASS_NONE] == 0);
  watch.reader().set_valve({.sample_every = 1, .disk_times = true, .reasons = false});
  let_run(0.1);  // the wait that was open when the valve turned
  const auto shed = grown_by(watch, slot, [] { let_run(0.5); });
  CHECK(shed.class_ns[KW_CLASS_SLEEP] == 0);
  CHECK(shed.class_ns[KW_CLASS_NONE] > 0);
  watch.reader().set_valve({});
  let_run(0.1);
  const auto again = grown_by(watch, slot, [] { let_run(0.5); });
  CHECK(again.class_ns[KW_CLASS_NONE] == 0);
}

TEST_CASE("valve: fewer samples stand for as many", "[kernel]") {
  KW_REQUIRE_KERNEL();
  Watch watch;
  const Cgroup cgroup("valve");
  const auto slot = watch.follow(cgroup);
  Workload spinner(cgroup, spin);
  REQUIRE(spinner.wait_ready());
  watch.reader().set_valve({.sample_every = 3, .disk_times = true, .reasons = true});
  const auto before = watch.reader().runs().samples;
  const auto seen = grown_by(watch, slot, [] { let_run(3); });
  CHECK(seen.samples % 3 == 0);
  // 99 Hz of its CPU time, from a third of the ticks: n = 3 * binomial(ticks, 1/3), five standard
  // deviations of sqrt(2 * ticks) to either side.
  const double ticks = 99 * static_cast<double>(seen.on_cpu_ns) * 1e-9;
  CAPTURE(ticks, seen.samples);
  CHECK(std::abs(static_cast<double>(seen.samples) - ticks) <= 5 * std::sqrt(2 * ticks) + 3);
  CHECK(watch.reader().runs().samples > before);
}

TEST_CASE("valve: switches that are not followed leave nothing behind", "[kernel]") {
  KW_REQUIRE_KERNEL();
  Watch watch;
  const Cgroup cgroup("valve");
  const auto slot = watch.follow(cgroup);
  Workload sleeper(cgroup, nap), spinner(cgroup, spin);
  REQUIRE(sleeper.wait_ready());
  REQUIRE(spinner.wait_ready());
  static_cast<void>(grown_by(watch, slot, [] { let_run(0.3); }));
  const auto counted = [&watch] {
    const auto runs = watch.reader().runs();
    return runs.switches + runs.unfollowed;
  };
  const auto switches = counted();
  watch.reader().set_valve({.sample_every = 9, .reasons = false, .switches = false});
  let_run(0.05);  // those that were under way
  const auto shed = grown_by(watch, slot, [] { let_run(0.5); });
  CHECK(shed.on_cpu_ns == 0);
  CHECK(shed.class_ns[KW_CLASS_SLEEP] == 0);
  CHECK(shed.threads == 2);
  CHECK(counted() > switches);  // the node's are
  let_run(1);
  const auto begin = kernel::kernel_now_ns();
  watch.reader().set_valve({});
  auto again = grown_by(watch, slot, [] { let_run(0.5); });
  const auto most = static_cast<double>(kernel::kernel_now_ns() - begin);
  // Nothing of the time in between, which is three times as long: one thread works all the time,
  // the other little.
  CHECK(static_cast<double>(again.on_cpu_ns) <= 1.5 * most);
  CHECK(static_cast<double>(again.class_ns[KW_CLASS_SLEEP]) <= 1.02 * most);
  CHECK(again.on_cpu_ns > 0);
  CHECK(again.class_ns[KW_CLASS_SLEEP] > 0);
  CHECK(KW_STATE_ACTIVE(again.state) <= 2);
}

TEST_CASE("valve: a budget of nothing sheds all that costs, and says so", "[kernel]") {
  KW_REQUIRE_KERNEL();
  Watch watch;
  const Cgroup cgroup("valve");
  static_cast<void>(watch.follow(cgroup));
  Workload one(cgroup, nap), two(cgroup, nap);
  REQUIRE(one.wait_ready());
  REQUIRE(two.wait_ready());
  // The first window reaches back to the boot: months of it must not dilute one switch.
  profiler::Budget budget({.budget = 1e-15}, watch.programs(), watch.reader());
  constexpr std::uint64_t kTenSeconds = 10'000'000'000;  // told, not waited for
  auto now = kernel::kernel_now_ns();
  for (std::size_t window = 0; window < sense::kSheds; ++window) {
    let_run(0.05);
    const auto before = budget.step();
    budget.window_closed(now += kTenSeconds, 1);
    CHECK(budget.step() >= before);
  }
  CHECK_FALSE(budget.effect().switches);
  CHECK(budget.degraded().find("context switches are not followed") != std::string::npos);
}

TEST_CASE("cost: a measurement says what a switch costs, and turns the statistics off again",
          "[kernel]") {
  KW_REQUIRE_KERNEL();
  Watch watch;
  const Cgroup cgroup("cost");
  static_cast<void>(watch.follow(cgroup));
  // Before the statistics are turned on: a child would hold their descriptor, too.
  Workload sleeper(cgroup, nap);
  REQUIRE(sleeper.wait_ready());
  kernel::CostSampler sampler(watch.programs(), watch.reader());
  if (!sampler.begin()) SKIP("BPF_ENABLE_STATS is not permitted here");
  let_run(1.5);
  sampler.end();
  CHECK(sampler.measured());
  CHECK(sampler.spent_ns().total() > 0);
  const auto counted = watch.programs().run_time_ns();
  let_run(0.2);
  CHECK(watch.programs().run_time_ns() == counted);
}

}  // namespace kernwise::test
