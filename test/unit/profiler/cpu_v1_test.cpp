// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/cpu_v1.hpp"

#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>

namespace kernwise::kernel {
namespace {

namespace fs = std::filesystem;

/// A /proc whose mount table names a version 1 `cpu` hierarchy, and that hierarchy.
class Machine {
 public:
  Machine() {
    fs::create_directories(root_ / "self");
    std::ofstream(root_ / "self/mountinfo")
        << "30 25 0:26 / " << (root_ / "cpu").string() << " rw - cgroup cgroup rw,cpu,cpuacct\n";
  }
  ~Machine() { fs::remove_all(root_); }
  void put(std::uint32_t pid, const std::string& cgroup) const {
    fs::create_directories(root_ / std::to_string(pid));
    std::ofstream(root_ / std::to_string(pid) / "cgroup")
        << "4:cpu,cpuacct:" << cgroup << "\n0::/\n";
  }
  void throttle(const std::string& cgroup, const std::string& quota, std::uint64_t ns) const {
    const auto directory = root_ / ("cpu" + cgroup);
    fs::create_directories(directory);
    std::ofstream(directory / "cpu.stat")
        << "nr_periods 9\nnr_throttled 3\nthrottled_time " << ns << "\n";
    std::ofstream(directory / "cpu.cfs_quota_us") << quota << "\n";
    std::ofstream(directory / "cpu.cfs_period_us") << "100000\n";
  }
  void remove(const std::string& cgroup) const { fs::remove_all(root_ / ("cpu" + cgroup)); }
  [[nodiscard]] std::string root() const { return root_.string(); }

 private:
  fs::path root_ = fs::temp_directory_path() / ("kernwise-cpu-v1-" + std::to_string(::getpid()));
};

}  // namespace

TEST_CASE("version 1 quota: of the cgroup that the process is in, none in the root",
          "[kernel-files]") {
  const Machine machine;
  machine.throttle("/pod", "50000", 7'000);
  machine.throttle("/free", "-1", 0);
  machine.put(7, "/pod");
  machine.put(8, "/free");
  machine.put(9, "/");
  CpuControllerV1 controller(machine.root());
  CpuV1Place pod, free, root, gone;
  const auto cpu = controller.read(7, 1, pod);
  REQUIRE(cpu);
  CHECK(cpu->periods == 9U);
  CHECK(cpu->throttled_periods == 3U);
  CHECK(cpu->throttled_us == 7U);
  CHECK(cpu->limit == 0.5);
  REQUIRE(controller.read(8, 1, free));
  CHECK_FALSE(controller.read(8, 1, free)->limit);
  CHECK_FALSE(controller.read(9, 1, root));
  CHECK_FALSE(controller.read(4242, 1, gone));
}

TEST_CASE("version 1 quota: numbers are read anew, places only when something says so",
          "[kernel-files]") {
  const Machine machine;
  machine.throttle("/pod", "50000", 1'000);
  machine.throttle("/other", "20000", 9'000);
  machine.put(7, "/pod");
  CpuControllerV1 controller(machine.root());
  CpuV1Place place;
  REQUIRE(controller.read(7, 1, place));
  machine.throttle("/pod", "60000", 5'000);
  CHECK(controller.read(7, 1, place)->throttled_us == 5U);
  CHECK(controller.read(7, 1, place)->limit == 0.6);

  SECTION("another process under the same number") {
    machine.put(7, "/other");
    CHECK(controller.read(7, 1, place)->throttled_us == 5U);
    CHECK(controller.read(7, 2, place)->throttled_us == 9U);
  }
  SECTION("moved: seen within 12 reads") {
    machine.put(7, "/other");
    std::optional<CpuV1> cpu;
    for (int reads = 0; reads < 12; ++reads) cpu = controller.read(7, 1, place);
    CHECK(cpu->throttled_us == 9U);
  }
  SECTION("its cgroup vanished: the next read looks for it") {
    controller.forget(place);
    machine.remove("/pod");
    machine.put(7, "/other");
    CHECK_FALSE(controller.read(7, 1, place));
    CHECK(controller.read(7, 1, place)->throttled_us == 9U);
  }
}

TEST_CASE("version 1 quota: a machine without that hierarchy has none", "[kernel-files]") {
  CpuControllerV1 controller("/nonexistent");
  CpuV1Place place;
  CHECK_FALSE(controller.read(1, 1, place));
}

}  // namespace kernwise::kernel
