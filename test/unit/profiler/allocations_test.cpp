// SPDX-License-Identifier: Apache-2.0
// What a window reads of cgroups, counted in allocations of this process.
#include <atomic>
#include <catch2/catch_all.hpp>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <tuple>

#include "profiler/kernel/cgroup_files.hpp"
#include "profiler/kernel/cpu_v1.hpp"
#include "profiler/kernel/use_files.hpp"
#include "test/unit/base/scratch.hpp"

namespace {
std::atomic<std::uint64_t> allocations;
}

// Every other form of new and delete ends in these.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace kernwise::kernel {
namespace {

namespace fs = std::filesystem;
constexpr int kPods = 110;

std::string cgroup_of(int pod) {
  return "/kubepods.slice/kubepods-burstable.slice/cri-containerd-" + std::to_string(pod) +
         ".scope";
}

/// Directories with every file that is read of a cgroup, on version 2 and on version 1.
class Node {
 public:
  Node() {
    fs::create_directories(folder_.path("proc/self"));
    std::string mounts;
    for (const std::string controller : {"cpu", "memory", "blkio"}) {
      mounts += "30 20 0:25 / " + folder_.path(controller) + " rw - cgroup cgroup rw," +
                controller + "\n";
    }
    file("proc/self/mountinfo", mounts);
    for (int pod = 0; pod < kPods; ++pod) {
      const auto path = cgroup_of(pod), process = "proc/" + std::to_string(pod + 1);
      fs::create_directories(folder_.path(process));
      file(process + "/cgroup", "4:memory:" + path + "\n3:blkio:" + path + "\n2:cpu:" + path);
      fill("unified" + path, kVersion2);
      fill("cpu" + path, kCpuV1);
      fill("memory" + path, kMemoryV1);
      fill("blkio" + path, kBlockV1);
    }
  }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_.path(name); }

 private:
  using Files = std::vector<std::pair<const char*, const char*>>;
  static inline const Files kVersion2 = {
      {"cpu.stat", "usage_usec 42\nnr_periods 10\nnr_throttled 3\nthrottled_usec 9\n"},
      {"cpu.max", "50000 100000\n"},
      {"cpu.pressure", "some avg10=0.00 total=5\nfull avg10=0.00 total=1\n"},
      {"io.pressure", "some avg10=0.00 total=5\nfull avg10=0.00 total=1\n"},
      {"memory.pressure", "some avg10=0.00 total=5\nfull avg10=0.00 total=1\n"},
      {"memory.current", "4096\n"},
      {"memory.peak", "8192\n"},
      {"memory.swap.current", "1\n"},
      {"memory.stat", "anon 1\nfile 1024\ninactive_file 96\n"},
      {"memory.events", "low 0\noom 2\noom_kill 1\n"},
      {"io.stat", "254:0 rbytes=1 wbytes=2 rios=3 wios=4\n8:0 rbytes=5 wbytes=0 rios=1 wios=0\n"},
      {"cgroup.threads", "7\n8\n"},
      {"cgroup.procs", "7\n"}};
  static inline const Files kCpuV1 = {{"cpu.stat", "nr_periods 1\nthrottled_time 5000\n"},
                                      {"cpu.cfs_quota_us", "50000\n"},
                                      {"cpu.cfs_period_us", "100000\n"}};
  static inline const Files kMemoryV1 = {{"memory.usage_in_bytes", "8192\n"},
                                         {"memory.max_usage_in_bytes", "9000\n"},
                                         {"memory.stat", "total_cache 2048\ntotal_swap 7\n"},
                                         {"memory.oom_control", "oom_kill 3\n"}};
  static inline const Files kBlockV1 = {
      {"blkio.throttle.io_service_bytes", "8:0 Read 4096\n8:0 Write 512\n"},
      {"blkio.throttle.io_serviced", "8:0 Read 2\n8:0 Write 1\n"}};

  void file(const std::string& name, const std::string& text) const {
    std::ignore = folder_.write(name, text);
  }
  void fill(const std::string& directory, const Files& files) const {
    fs::create_directories(folder_.path(directory));
    for (const auto& [name, text] : files) {
      file(std::string(directory).append("/").append(name), text);
    }
  }
  Scratch folder_;
};

}  // namespace

TEST_CASE("cgroup files: a window of 110 pods is read without one allocation", "[kernel-files]") {
  raise_open_files();
  const Node node;
  CgroupFilesReader files(node.path("unified"));
  files.all_of_memory(true);
  CpuControllerV1 cpu(node.path("proc"));
  // Version 2 for kills and requests, then the same containers as version 1 tells of them.
  UseFiles use(
      {.cgroup_root = node.path("unified"), .proc_root = node.path("proc"), .counters = true});
  struct Kept {
    std::string path;
    CpuV1Place cpu;
    UsePlace use;
    sense::FileTotals totals;
  };
  std::vector<Kept> pods(kPods);
  for (int pod = 0; pod < kPods; ++pod) pods[static_cast<std::size_t>(pod)].path = cgroup_of(pod);
  std::uint64_t read = 0;
  const auto window = [&] {
    std::uint32_t pid = 0;
    for (auto& pod : pods) {
      ++pid;
      pod.totals.memory = {};
      read += files.read(pod.path).memory.swap_bytes.value_or(0);
      read += files.threads(pod.path) + use.first_process(pod.path).value_or(0);
      read += cpu.read(pid, 1, pod.cpu).value_or(CpuV1{}).throttled_us.value_or(0);
      use.read(pod.path, pid, pod.use, pod.totals);
      read += pod.totals.oom_kills.value_or(0) + pod.totals.memory.swap_bytes.value_or(0);
    }
  };
  // Until every file is open and every place of version 1 was looked for a second time.
  for (int windows = 0; windows < 14; ++windows) window();
  read = 0;
  const auto before = allocations.load();
  window();
  CHECK(allocations.load() == before);
  CHECK(read == kPods * (1 + 2 + 7 + 5 + 3 + 7));
}

}  // namespace kernwise::kernel
