// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/listen_queues.hpp"

#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>

#include "profiler/kernel/procfs.hpp"

namespace kernwise::kernel {
namespace {

namespace fs = std::filesystem;

/// A /proc in which namespaces are files, joined by processes with links.
class Proc {
 public:
  Proc() { add(1, "host", 0); }
  ~Proc() { fs::remove_all(root_); }
  void add(std::uint32_t pid, const std::string& netns, int overflows) {
    const auto process = root_ / std::to_string(pid);
    fs::create_directories(process / "ns");
    fs::create_directories(process / "net");
    if (!fs::exists(root_ / netns)) std::ofstream(root_ / netns) << netns;
    if (!fs::exists(process / "ns" / "net")) {
      fs::create_hard_link(root_ / netns, process / "ns" / "net");
    }
    set(pid, overflows);
  }
  void set(std::uint32_t pid, int overflows) const {
    std::ofstream(root_ / std::to_string(pid) / "net" / "netstat")
        << "TcpExt: SyncookiesSent ListenOverflows\nTcpExt: 7 " << overflows << "\n";
  }
  [[nodiscard]] std::uint32_t netns(std::uint32_t pid) const {
    return netns_of(root_.string(), pid).value_or(0);
  }
  [[nodiscard]] std::string root() const { return root_.string(); }

 private:
  fs::path root_ = fs::temp_directory_path() / ("kernwise-queues-" + std::to_string(::getpid()));
};

}  // namespace

TEST_CASE("listen queues: what overflowed in a window, the same for all of a namespace",
          "[profiler]") {
  Proc proc;
  proc.add(20, "pod", 100);
  proc.add(21, "pod", 100);
  ListenQueues queues(proc.root());
  queues.begin_window();
  CHECK(queues.overflows(proc.netns(20), 20) == 0);  // since when is not known
  queues.begin_window();
  proc.set(20, 130);
  CHECK(queues.overflows(proc.netns(20), 20) == 30);
  proc.set(21, 999);  // read once a window: the second process of the pod is not asked
  CHECK(queues.overflows(proc.netns(21), 21) == 30);
  queues.begin_window();
  CHECK(queues.overflows(proc.netns(20), 20) == 0);
}

TEST_CASE("listen queues: the host's namespace is nobody's fault", "[profiler]") {
  Proc proc;
  ListenQueues queues(proc.root());
  for (const int total : {5, 50}) {
    queues.begin_window();
    proc.set(1, total);
    CHECK(queues.overflows(proc.netns(1), 1) == 0);
  }
}

TEST_CASE("listen queues: a namespace nobody asked for begins anew", "[profiler]") {
  Proc proc;
  proc.add(20, "pod", 1);
  ListenQueues queues(proc.root());
  queues.begin_window();
  CHECK(queues.overflows(proc.netns(20), 20) == 0);
  queues.begin_window();
  queues.begin_window();
  proc.set(20, 9);
  CHECK(queues.overflows(proc.netns(20), 20) == 0);
}

}  // namespace kernwise::kernel
