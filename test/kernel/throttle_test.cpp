// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <fstream>

#include "common/base/file.hpp"
#include "profiler/kernel/cpu_v1.hpp"
#include "profiler/kernel/process_files.hpp"
#include "test/kernel/waits.hpp"

namespace kernwise::test {
namespace {

/// A fifth of a CPU by a quota of the version 1 controller, where the machine has that one.
class Quota {
 public:
  Quota() {
    const auto mounts = read_file("/proc/self/mountinfo");
    if (!mounts) return;
    const auto controllers = kernel::parse_controllers(*mounts);
    const auto found = controllers.find("cpu");
    if (found == controllers.end()) return;
    path_ = found->second + "/kernwise-test-" + std::to_string(::getpid());
    if (::mkdir(path_.c_str(), 0755) != 0) path_.clear();
    write("cpu.cfs_period_us", 100'000);
    write("cpu.cfs_quota_us", 20'000);
  }
  ~Quota() {
    for (int turn = 0; turn < 200 && !path_.empty() && ::rmdir(path_.c_str()) != 0; ++turn)
      let_run(0.01);
  }
  Quota(const Quota&) = delete;
  Quota& operator=(const Quota&) = delete;
  [[nodiscard]] bool exists() const { return !path_.empty(); }
  void enter() const { write("cgroup.procs", ::getpid()); }

 private:
  void write(const char* name, int value) const { std::ofstream(path_ + "/" + name) << value; }
  std::string path_;
};

}  // namespace

TEST_CASE("throttling: a container at its quota is throttled, and nobody contends for the node",
          "[kernel]") {
  KW_REQUIRE_KERNEL();
  const Quota quota;
  if (!quota.exists()) SKIP("no version 1 cpu controller that we may use; see test/kernels");
  Watch watch;
  const Cgroup cgroup("quota");
  const auto slot = watch.follow(cgroup);
  Workload workload(cgroup, [&quota](Truth& truth) {
    quota.enter();
    truth.ready = true;
    Stopwatch clock;
    while (!truth.stop) {
      burn(0.002);
      clock.lap(truth, Share::throttled);
    }
  });
  REQUIRE(workload.wait_ready());
  kernel::CpuControllerV1 controller("/proc");
  kernel::CpuV1Place place;
  const auto pid = static_cast<std::uint32_t>(workload.pid());
  const auto before = controller.read(pid, 1, place);
  const auto result = watch.compare(slot, workload.truth(), 3);
  const auto now = controller.read(pid, 1, place);
  REQUIRE((before && now && now->throttled_us && before->throttled_us));
  CHECK(now->limit.value_or(0) == Catch::Approx(0.2));
  const double held = static_cast<double>(*now->throttled_us - *before->throttled_us) * 1e-6;
  const auto window = sense::shares_between(result.before, result.now, {.throttled_seconds = held});
  CAPTURE(result.seconds, held, window.shares[Share::runqueue], result.known[Share::on_cpu]);
  // 20 ms of every 100 ms: four fifths of the time it waits for its quota, and then, on a machine
  // that others keep busy, for its turn. Contention is the second part only.
  const double waited = window.shares[Share::throttled] + window.shares[Share::runqueue];
  CHECK(window.shares[Share::on_cpu] <= 0.25);
  CHECK(window.shares[Share::on_cpu] + waited == Catch::Approx(1).margin(0.05));
  CHECK(window.shares[Share::throttled] >= held / result.seconds - 0.05);
  CHECK(window.behind_others <= waited - held / result.seconds + 0.05);
}

}  // namespace kernwise::test
