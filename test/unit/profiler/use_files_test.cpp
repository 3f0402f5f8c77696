// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/use_files.hpp"

#include <catch2/catch_all.hpp>
#include <filesystem>
#include <tuple>

#include "profiler/kernel/cgroup_files.hpp"
#include "test/unit/base/scratch.hpp"

namespace kernwise::kernel {
namespace {

namespace fs = std::filesystem;

/// A machine with the memory and block controllers on version 1.
class Hybrid {
 public:
  Hybrid() {
    for (const auto* folder : {"proc/self", "proc/7", "memory/pod", "memory/other", "blkio/pod"}) {
      fs::create_directories(folder_.path(folder));
    }
    file("proc/self/mountinfo", "30 20 0:25 / " + folder_.path("memory") +
                                    " rw - cgroup cgroup rw,memory\n31 20 0:26 / " +
                                    folder_.path("blkio") + " rw - cgroup cgroup rw,blkio\n");
    file("proc/7/cgroup", "4:memory:/pod\n3:blkio:/pod\n0::/a\n");
    file("memory/pod/memory.usage_in_bytes", "8192\n");
    file("memory/pod/memory.max_usage_in_bytes", "9000\n");
    file("memory/pod/memory.stat", "cache 1\ntotal_cache 2048\ntotal_swap 7\n");
    file("memory/pod/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");
    file("blkio/pod/blkio.throttle.io_service_bytes", "8:0 Read 4096\n8:0 Write 512\n");
    file("blkio/pod/blkio.throttle.io_serviced", "8:0 Read 2\n8:0 Write 1\n");
  }
  void file(const std::string& name, const std::string& text) const {
    std::ignore = folder_.write(name, text);
  }
  [[nodiscard]] UseFiles make(bool counters) const {
    return UseFiles({.cgroup_root = {}, .proc_root = folder_.path("proc"), .counters = counters});
  }

 private:
  Scratch folder_;
};

}  // namespace

TEST_CASE("CgroupFilesReader: memory, and what a kernel does not say is no value",
          "[kernel-files]") {
  const Scratch folder;
  fs::create_directories(folder.path("a"));
  std::ignore = folder.write("a/memory.current", "4096\n");
  std::ignore = folder.write("a/memory.stat", "anon 1\nfile 1024\ninactive_file 96\n");
  std::ignore = folder.write("a/memory.swap.current", "0\n");
  std::ignore = folder.write("a/cgroup.threads", "7\n8\n9\n");
  CgroupFilesReader reader(folder.path(""));
  CHECK_FALSE(reader.read("/a").memory.swap_bytes);  // not asked for
  reader.all_of_memory(true);
  const auto files = reader.read("/a");
  CHECK(files.memory.usage_bytes == 4096U);
  CHECK_FALSE(files.memory.peak_bytes);  // before 5.19
  CHECK(files.memory.cache_bytes == 1024U);
  CHECK(files.memory.swap_bytes == 0U);
  CHECK(files.memory_working_set_bytes == 4000U);
  CHECK(reader.threads("/a") == 3);
  CHECK(reader.threads("/none") == 0);
  CHECK_FALSE(reader.read("/none").memory.usage_bytes);
}

TEST_CASE("CgroupFilesReader: a list of threads longer than the buffer is counted to its end",
          "[kernel-files]") {
  const Scratch folder;
  fs::create_directories(folder.path("a"));
  std::string list;
  for (int thread = 0; thread < 10'000; ++thread) list += std::to_string(100'000 + thread) + "\n";
  std::ignore = folder.write("a/cgroup.threads", list);  // 70,000 bytes
  CHECK(CgroupFilesReader(folder.path("")).threads("/a") == 10'000);
}

TEST_CASE("UseFiles: version 1 is found by a process", "[kernel-files]") {
  const Hybrid machine;
  UsePlace place;
  sense::FileTotals totals;
  auto all = machine.make(true);
  all.read("/a", 7, place, totals);
  CHECK(totals.memory.usage_bytes == 8192U);
  CHECK(totals.memory.peak_bytes == 9000U);
  CHECK(totals.memory.cache_bytes == 2048U);
  CHECK(totals.memory.swap_bytes == 7U);
  CHECK(totals.oom_kills == 3U);
  REQUIRE(totals.disks.size() == 1);
  CHECK(totals.disks.begin()->second.read_bytes == 4096);
  CHECK(totals.disks.begin()->second.writes == 1);
  sense::FileTotals memory_only;
  machine.make(false).read("/a", 7, place, memory_only);
  CHECK(memory_only.memory.usage_bytes == 8192U);
  CHECK(memory_only.disks.empty());
  CHECK_FALSE(memory_only.oom_kills);
}

TEST_CASE("UseFiles: version 2 is believed first, a process that moved is found again",
          "[kernel-files]") {
  const Hybrid machine;
  UsePlace place;
  sense::FileTotals totals;
  totals.memory.usage_bytes = 1;
  auto files = machine.make(false);
  files.read("/a", 7, place, totals);
  CHECK(totals.memory.usage_bytes == 1U);
  machine.file("memory/other/memory.usage_in_bytes", "5\n");
  machine.file("proc/7/cgroup", "4:memory:/other\n");
  for (int reads = 0; reads < 12; ++reads) {
    totals.memory = {};
    files.read("/a", 7, place, totals);
  }
  CHECK(totals.memory.usage_bytes == 5U);
}

}  // namespace kernwise::kernel
