// SPDX-License-Identifier: Apache-2.0
// What does not fit is lost, and the loss is counted.
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <fstream>

#include "profiler/kernel/cgroupfs.hpp"
#include "profiler/kernel/process_files.hpp"
#include "test/kernel/counters.hpp"
#include "test/kernel/reporting.hpp"
#include "test/support/loopback.hpp"

namespace kernwise::test {
namespace {

constexpr std::uint32_t kDivisor = 16;
constexpr std::uint64_t kListeners = 1009;

/// Listens on many ports, and goes on listening.
void listen_often(Truth& truth) {
  rlimit many{.rlim_cur = 2048, .rlim_max = 2048};
  ::setrlimit(RLIMIT_NOFILE, &many);
  await_begin(truth);
  std::vector<Listener> listeners;
  for (std::uint64_t i = 0; i < kListeners; ++i) listeners.emplace_back(1);
  done(truth, listeners.size());
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool write(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  return static_cast<bool>(file << text << std::flush);
}

/// A memory limit for one process: of its cgroup where the controller is on version 2, else of a
/// version 1 cgroup made for it and gone with this.
class MemoryLimit {
 public:
  explicit MemoryLimit(const Cgroup& cgroup) {
    constexpr const char* kLimit = "16777216";
    const auto two = kernel::CgroupTree::open()->root() + cgroup.path();
    if (write(two + "/memory.max", kLimit)) {
      events_ = two + "/memory.events";
      return;
    }
    const auto mounts = kernel::parse_controllers(text_of("/proc/self/mountinfo"));
    const auto mount = mounts.find("memory");
    if (mount == mounts.end()) return;
    made_ = mount->second + "/kernwise-test-" + std::to_string(::getpid());
    const bool limited =
        ::mkdir(made_.c_str(), 0755) == 0 && write(made_ + "/memory.limit_in_bytes", kLimit);
    if (limited) events_ = made_ + "/memory.oom_control";
  }
  ~MemoryLimit() {
    if (made_.empty()) return;
    for (int turn = 0; turn < 200 && ::rmdir(made_.c_str()) != 0 && errno == EBUSY; ++turn) {
      let_run(0.01);
    }
  }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;
  [[nodiscard]] bool works() const { return !events_.empty(); }
  [[nodiscard]] bool hold(pid_t pid) const {
    return made_.empty() || write(made_ + "/cgroup.procs", std::to_string(pid));
  }
  [[nodiscard]] std::uint64_t kills() const {
    return kernel::number_after(text_of(events_), "oom_kill").value_or(0);
  }

 private:
  std::string made_, events_;
};

/// Takes memory until it is killed.
void take_memory(Truth& truth) {
  await_begin(truth);
  constexpr std::size_t kBytes = 256UL * 1024 * 1024;
  auto* memory = static_cast<char*>(
      ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  for (std::size_t at = 0; at < kBytes; at += 4096) memory[at] = 1;
  done(truth, 1);
}

}  // namespace

TEST_CASE("losses: with maps of a sixteenth every listener too many is counted", "[kernel]") {
  KW_REQUIRE_KERNEL();
  auto options = every_collector();
  options.map_divisor = kDivisor;
  Watch watch(options);
  const Cgroup cgroup("listeners");
  const auto slot = watch.follow(cgroup);
  Workload workload(cgroup, listen_often);
  REQUIRE(workload.wait_ready());
  const auto before = counters_of(watch, slot);
  const auto room = use_of(watch, "kw_listeners");
  CHECK(room.capacity == KW_MAX_LISTENERS / kDivisor);
  REQUIRE(run_to_end(workload));
  const auto after = counters_of(watch, slot);
  const auto injected =
      static_cast<double>(workload.truth().operations - (room.capacity - room.entries));
  const auto counted =
      static_cast<double>(use_of(watch, "kw_listeners").update_errors - room.update_errors);
  CAPTURE(injected, counted, room.entries);
  CHECK(workload.truth().operations == kListeners);
  CHECK(std::abs(counted - injected) <= 0.01 * injected);
  CHECK(after.globals.errors[KW_ERROR_LISTENERS] - before.globals.errors[KW_ERROR_LISTENERS] ==
        static_cast<std::uint64_t>(counted));
}

TEST_CASE("losses: with maps of a sixteenth every cgroup that finds no room is counted",
          "[kernel]") {
  KW_REQUIRE_KERNEL();
  auto options = every_collector();
  options.map_divisor = kDivisor;
  Watch watch(options);
  constexpr std::uint64_t kRoom = KW_MAX_CGROUPS / kDivisor, kTooMany = 101;
  std::uint64_t refused = 0;
  for (std::uint64_t id = 1; id <= kRoom + kTooMany; ++id) {
    refused += watch.reader().assign(id << 40U, KW_SYSTEM_SLOT) ? 0 : 1;
  }
  CHECK(refused == kTooMany);
  CHECK(use_of(watch, "kw_cgroups").update_errors == kTooMany);
}

TEST_CASE("losses: a kill for want of memory is charged to the container of the victim",
          "[kernel]") {
  KW_REQUIRE_KERNEL();
  Watch watch(every_collector());
  const Cgroup cgroup("victim"), bystander("bystander");
  const MemoryLimit limit(cgroup);
  if (!limit.works()) SKIP("no memory controller of either version can be written here");
  const auto slot = watch.follow(cgroup), other = watch.follow(bystander);
  Workload workload(cgroup, take_memory);
  REQUIRE(workload.wait_ready());
  REQUIRE(limit.hold(workload.pid()));
  const auto before = counters_of(watch, slot);
  CHECK_FALSE(run_to_end(workload));  // it does not live to say so
  const auto after = counters_of(watch, slot);
  CHECK(limit.kills() == 1);
  CHECK(after.detail.memory.oom_kills - before.detail.memory.oom_kills == 1);
  CHECK(counters_of(watch, other).detail.memory.oom_kills == 0);
}

}  // namespace kernwise::test
