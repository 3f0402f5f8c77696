// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/file_systems.hpp"

#include <catch2/catch_all.hpp>
#include <latch>
#include <memory>
#include <mutex>
#include <thread>

namespace kernwise::kernel {
namespace {

using namespace std::chrono_literals;

std::optional<sense::FileSystemUse> ten_of(const std::string&) {
  return sense::FileSystemUse{
      .mountpoint = {}, .capacity_bytes = 10, .used_bytes = 4, .available_bytes = 5};
}

/// Lets the probe's thread work off what it was asked.
void settle(const FileSystemProbe& probe) {
  while (!probe.idle()) std::this_thread::yield();
}

const std::vector<Mount> kMounts = {{"1:1", "/"}, {"1:1", "/again"}, {"1:2", "/data"}};

}  // namespace

TEST_CASE("FileSystemProbe: one answer for each device, as the container names it",
          "[kernel-files]") {
  FileSystemProbe probe(5s, ten_of);
  CHECK(probe.latest(7).empty());
  probe.ask(7, "/proc/1/root", kMounts);
  settle(probe);
  const auto found = probe.latest(7);
  REQUIRE(found.size() == 2);
  CHECK(found[0].mountpoint == "/");
  CHECK(found[1].mountpoint == "/data");
  CHECK(found[0].capacity_bytes == 10);
  probe.keep_only({8});
  CHECK(probe.latest(7).empty());
}

TEST_CASE("FileSystemProbe: one that hangs costs its own answer and nobody waits",
          "[kernel-files]") {
  // Shared with a thread that is given up: it must outlive the test's end.
  const auto release = std::make_shared<std::latch>(1);
  const auto entered = std::make_shared<std::latch>(1);
  FileSystemProbe probe(5s, [release, entered](const std::string& path) {
    if (path == "/hangs") {
      entered->count_down();
      release->wait();
    }
    return ten_of(path);
  });
  probe.ask(1, "", {{"1:1", "/hangs"}});
  probe.ask(2, "", {{"1:2", "/works"}});
  entered->wait();
  const auto start = MonoTime{} + 100s;
  probe.watch(start);
  probe.watch(start + 4s);
  CHECK(probe.stuck() == 0);
  CHECK(probe.latest(2).empty());
  probe.watch(start + 5s);
  CHECK(probe.stuck() == 1);
  settle(probe);
  CHECK(probe.latest(2).size() == 1);
  probe.ask(1, "", {{"1:1", "/hangs"}, {"1:3", "/other"}});  // not asked again
  settle(probe);
  REQUIRE(probe.latest(1).size() == 1);
  CHECK(probe.latest(1)[0].mountpoint == "/other");
  release->count_down();
}

}  // namespace kernwise::kernel
