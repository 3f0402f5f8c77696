// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/file_collector.hpp"

#include <catch2/catch_all.hpp>
#include <filesystem>
#include <tuple>

#include "test/unit/base/scratch.hpp"

namespace kernwise::profiler {
namespace {

namespace fs = std::filesystem;

/// A /proc and a cgroup tree with processes whose namespaces are plain files: the same inode is the
/// same namespace.
class Machine {
 public:
  Machine() {
    process(1, "host", "host");
    fs::create_directories(folder_.path("cgroup"));
  }
  void process(int pid, const std::string& net, const std::string& mounts) {
    const auto at = "proc/" + std::to_string(pid);
    fs::create_directories(folder_.path(at + "/ns"));
    fs::create_directories(folder_.path(at + "/net"));
    share("net-" + net, at + "/ns/net");
    share("mnt-" + mounts, at + "/ns/mnt");
    std::ignore = folder_.write(at + "/net/dev", "eth0: 5 1 0 0 0 0 0 0 6 1 0 0 0 0 0 0\n");
    std::ignore = folder_.write(at + "/mountinfo", "");
  }
  void container(std::uint64_t id, const std::string& path) {
    report::Container container;
    container.cgroup_id = id;
    container.path = path;
    report.containers.push_back(container);
    fs::create_directories(folder_.path("cgroup" + path));
  }
  void file(const std::string& name, const std::string& text) {
    std::ignore = folder_.write(name, text);
  }
  [[nodiscard]] FileCollector make(bool counters = true) const {
    return FileCollector({.collected = collectors_of(Profile::standard),
                          .proc_root = folder_.path("proc"),
                          .cgroup_root = folder_.path("cgroup"),
                          .counters = counters});
  }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_.path(name); }

  report::Report report;

 private:
  void share(const std::string& name, const std::string& link) const {
    if (!fs::exists(folder_.path(name))) std::ignore = folder_.write(name, "");
    fs::create_hard_link(folder_.path(name), folder_.path(link));
  }
  Scratch folder_;
};

const MonoTime kNow = MonoTime{} + std::chrono::hours(1);

}  // namespace

TEST_CASE("FileCollector: the interfaces of a pod are shown once, those of the node never",
          "[profiler]") {
  Machine machine;
  machine.process(10, "pod", "a");
  machine.process(11, "pod", "b");
  machine.process(12, "host", "c");
  machine.container(300, "/second");
  machine.container(200, "/first");
  machine.container(400, "/hostNetwork");
  const std::map<std::uint64_t, std::uint32_t> leaders = {{200, 10}, {300, 11}, {400, 12}};
  auto collector = machine.make();
  const auto files = collector.collect(
      machine.report, [&](std::uint64_t id) { return FileCollector::Known{leaders.at(id), {}}; },
      kNow);
  REQUIRE(files.at(200).interfaces.size() == 1);
  CHECK(files.at(200).interfaces[0].received.bytes == 5);
  CHECK(files.at(300).interfaces.empty());
  CHECK(files.at(400).interfaces.empty());
}

TEST_CASE("FileCollector: where the node's namespaces cannot be read, nothing is taken for a pod's",
          "[profiler]") {
  Machine machine;
  machine.process(10, "pod", "a");
  machine.container(200, "/first");
  fs::remove_all(machine.path("proc/1"));
  const auto known = [](std::uint64_t) { return FileCollector::Known{10, {}}; };
  auto collector = machine.make();
  CHECK(collector.collect(machine.report, known, kNow).at(200).interfaces.empty());
  CHECK(collector.degraded().starts_with("collect.iface, collect.fs: "));
  machine.process(2, "host", "host");
  machine.file("proc/2/comm", "kthreadd\n");
  CHECK(collector.collect(machine.report, known, kNow).at(200).interfaces.size() == 1);
  CHECK(collector.degraded().empty());
}

TEST_CASE("FileCollector: without kernel programs files count requests and kills", "[profiler]") {
  Machine machine;
  machine.container(200, "/a");
  machine.file("cgroup/a/memory.events", "low 0\noom 2\noom_kill 1\n");
  machine.file("cgroup/a/io.stat", "254:0 rbytes=1 wbytes=2 rios=3 wios=4\n");
  const auto none = [](std::uint64_t) {
    FileCollector::Known known;
    known.memory.usage_bytes = 4096;
    return known;
  };
  auto counted = machine.make(true);
  auto files = counted.collect(machine.report, none, kNow);
  CHECK(files.at(200).memory.usage_bytes == 4096U);
  CHECK(files.at(200).disks.empty());  // the kernel side counts them
  auto alone = machine.make(false);
  files = alone.collect(machine.report, none, kNow);
  CHECK(files.at(200).oom_kills == 1U);
  REQUIRE(files.at(200).disks.size() == 1);
  CHECK(files.at(200).disks.begin()->second.writes == 4);
}

TEST_CASE("FileCollector: controllers on version 1 are found by the process", "[profiler]") {
  Machine machine;
  fs::create_directories(machine.path("proc/self"));
  machine.file("proc/self/mountinfo",
               "30 20 0:25 / " + machine.path("v1") + " rw - cgroup cgroup rw,memory\n");
  fs::create_directories(machine.path("v1/pod"));
  machine.file("v1/pod/memory.usage_in_bytes", "8192\n");
  machine.process(10, "host", "host");
  machine.file("proc/10/cgroup", "4:memory:/pod\n0::/a\n");
  machine.container(200, "/a");
  machine.file("cgroup/a/cgroup.procs", "10\n");
  auto collector = machine.make();
  const auto files =
      collector.collect(machine.report, [](std::uint64_t) { return FileCollector::Known{}; }, kNow);
  CHECK(files.at(200).memory.usage_bytes == 8192U);
}

}  // namespace kernwise::profiler
