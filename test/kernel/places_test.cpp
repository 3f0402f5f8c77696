// SPDX-License-Identifier: Apache-2.0
// Threads whose ids lead to the same place are told apart, and no place is lost for good.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch_all.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>
#include <vector>

#include "ebpf/kw_task.h"
#include "profiler/kernel/map_access.hpp"
#include "profiler/kernel/probe.hpp"
#include "test/kernel/waits.hpp"
#include "test/support/eventually.hpp"

namespace kernwise::test {
namespace {

constexpr std::chrono::seconds kLong{10};
constexpr std::chrono::milliseconds kOften{10};
constexpr const char* kLastId = "/proc/sys/kernel/ns_last_pid";

/// The place of a thread by its id, as kw_place.bpf.h has it.
__u32 place_of(pid_t id) {
  return static_cast<__u32>(id) % KW_TASK_PLACES;
}

/// Who has a place.
__u64 owner_of(const Watch& watch, pid_t id) {
  const auto* map = watch.programs().map("kw_places");
  REQUIRE(map != nullptr);
  std::vector<kw_task> places(kernel::SharedMemory::capacity_of(map));
  const __u32 all = 0;
  REQUIRE(bpf_map_lookup_elem(bpf_map__fd(map), &all, places.data()) == 0);
  return places.at(place_of(id)).owner;
}

void sleep_on(Truth& truth) {
  truth.ready = true;
  while (!truth.stop) ::usleep(2'000);
}

void wait_for_a_pipe(Truth& truth) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return;
  truth.ready = true;
  char byte = 0;
  while (::read(ends[0], &byte, 1) < 0) {
  }
}

/// A process whose id leads to the place of `id`; others may take the wished one first.
std::unique_ptr<Workload> at_place_of(pid_t id, const Cgroup& cgroup,
                                      const std::function<void(Truth&)>& body) {
  pid_t ids = 0;
  std::ifstream("/proc/sys/kernel/pid_max") >> ids;
  for (pid_t turn = 1; turn <= 8; ++turn) {
    // Low ones are not given again.
    const auto wanted = (id + turn * KW_TASK_PLACES) % std::max(ids, 1);
    if (wanted <= KW_TASK_PLACES || wanted == id) continue;
    std::ofstream(kLastId) << wanted - 1;
    auto workload = std::make_unique<Workload>(cgroup, body);
    if (workload->pid() == wanted && workload->wait_ready()) return workload;
  }
  return nullptr;
}

double waited(const sense::Reading& before, const sense::Reading& after, kw_class as) {
  return static_cast<double>(after.slot.class_ns[as] - before.slot.class_ns[as]) * 1e-9;
}

bool has_places() {
  return !kernel::needs_legacy_programs() && ::access(kLastId, W_OK) == 0;
}

}  // namespace

TEST_CASE("places: threads whose ids share a place are told apart", "[kernel]") {
  KW_REQUIRE_KERNEL();
  if (!has_places()) SKIP("this kernel has no task storage, or no ns_last_pid");
  Watch watch;
  const Cgroup sleeps("sleeps"), waits("waits");
  const std::array slots{watch.follow(sleeps), watch.follow(waits)};
  Workload sleeper(sleeps, sleep_on);
  REQUIRE(sleeper.wait_ready());
  const auto waiter = at_place_of(sleeper.pid(), waits, wait_for_a_pipe);
  REQUIRE(waiter);
  const auto seen =
      watch.compare_all({{slots[0], &sleeper.truth()}, {slots[1], &waiter->truth()}}, 1);
  CHECK(owner_of(watch, sleeper.pid()) != 0);
  for (const std::size_t which : {0, 1}) {
    CAPTURE(which);
    const auto& [before, after] = std::pair(seen[which].before, seen[which].now);
    const auto mine = which == 0 ? KW_CLASS_SLEEP : KW_CLASS_IPC;
    const auto other = which == 0 ? KW_CLASS_IPC : KW_CLASS_SLEEP;
    CHECK(waited(before, after, mine) > 0.9 * seen[which].seconds);
    CHECK(waited(before, after, mine) <= 1.01 * seen[which].seconds);
    CHECK(waited(before, after, other) == 0);
  }
}

TEST_CASE("places: what a thread leaves behind is somebody else's at once", "[kernel]") {
  KW_REQUIRE_KERNEL();
  if (!has_places()) SKIP("this kernel has no task storage, or no ns_last_pid");
  Watch watch;
  const Cgroup cgroup("successors");
  const auto slot = watch.follow(cgroup);
  auto first = std::make_unique<Workload>(cgroup, sleep_on);
  REQUIRE(first->wait_ready());
  const auto id = first->pid();
  static_cast<void>(watch.reader().read({{slot}}));  // it may not have been switched yet
  const auto owner = owner_of(watch, id);
  CHECK(owner != 0);
  first.reset();
  // Who waited for it may hear of its end before its last switch.
  CHECK(eventually(kLong, [&] { return owner_of(watch, id) != owner; }, kOften));
  const auto second = at_place_of(id, cgroup, wait_for_a_pipe);
  REQUIRE(second);
  const auto seen = watch.compare(slot, second->truth(), 0.5);
  CHECK(waited(seen.before, seen.now, KW_CLASS_IPC) > 0.9 * seen.seconds);
  CHECK(waited(seen.before, seen.now, KW_CLASS_SLEEP) == 0);
}

TEST_CASE("places: one whose thread left it by exec is taken after two walks", "[kernel]") {
  KW_REQUIRE_KERNEL();
  if (!has_places()) SKIP("this kernel has no task storage, or no ns_last_pid");
  Watch watch;
  const Cgroup cgroup("exec");
  const auto slot = watch.follow(cgroup);
  const auto read = [&] { static_cast<void>(watch.reader().read({{slot}})); };
  // A thread that calls exec goes on under the id of its process.
  Workload workload(cgroup, [](Truth& truth) {
    std::thread([&truth] {
      truth.operations = static_cast<std::uint64_t>(::gettid());
      truth.ready = true;
      while (!truth.stop) ::usleep(1'000);
      ::execl("/bin/sleep", "sleep", "60", nullptr);
    }).join();
  });
  REQUIRE(workload.wait_ready());
  const auto thread = static_cast<pid_t>(workload.truth().operations.load());
  read();
  const auto left = owner_of(watch, thread);
  REQUIRE(left != 0);
  workload.truth().stop = true;
  const auto path = "/proc/" + std::to_string(thread);
  REQUIRE(eventually(kLong, [&] { return !std::filesystem::exists(path); }, kOften));
  CHECK(owner_of(watch, thread) == left);
  read();
  read();
  const auto next = at_place_of(thread, cgroup, sleep_on);
  REQUIRE(next);
  read();  // meets it, if no switch did
  const auto now = owner_of(watch, thread);
  CHECK(now != left);
  CHECK(now != 0);
}

TEST_CASE("places: a new thread at the address of one that left a place inherits nothing",
          "[kernel]") {
  KW_REQUIRE_KERNEL();
  if (!has_places()) SKIP("this kernel has no task storage, or no ns_last_pid");
  Watch watch;
  const Cgroup cgroup("heirs");
  const auto slot = watch.follow(cgroup);
  auto places =
      kernel::Mapping::of(watch.programs(), "kw_places", sizeof(kw_task) * KW_TASK_PLACES);
  REQUIRE(places.has_value());
  auto thread = std::make_unique<Workload>(cgroup, sleep_on);
  REQUIRE(thread->wait_ready());
  static_cast<void>(watch.reader().read({{slot}}));
  std::vector<__u64> addresses{owner_of(watch, thread->pid())};
  std::size_t back = 1;  // the kernel gives an address again some threads later, mostly as many
  const auto meets_heir = [&] {
    const auto id = thread->pid();
    thread.reset();
    auto& place = places->as<kw_task>()[place_of(id)];
    const auto is_free = [&] { return std::atomic_ref(place.owner).load() != addresses.back(); };
    if (!eventually(kLong, is_free, kOften)) return false;
    // As if the end of an earlier one had not been seen, nor any switch since the node started.
    const auto expected = addresses.at(addresses.size() - std::min(back, addresses.size()));
    place = kw_task{};
    place.off_ns = place.wait_start_ns = 1;
    place.wait_class = KW_CLASS_CHILD;
    place.walk = 0x8000;  // long ago: a thread with another address takes it
    place.owner = expected;
    thread = at_place_of(id, cgroup, sleep_on);
    if (!thread) return false;
    static_cast<void>(watch.reader().read({{slot}}));
    const auto now = owner_of(watch, thread->pid());
    const auto before = std::ranges::find(addresses.rbegin(), addresses.rend(), now);
    if (before != addresses.rend())
      back = static_cast<std::size_t>(before - addresses.rbegin()) + 1;
    addresses.push_back(now);
    return now == expected;
  };
  constexpr int kTries = 300;
  int tries = 0;
  while (tries < kTries && !meets_heir()) ++tries;
  INFO("back " << back);
  REQUIRE(tries < kTries);
  const auto seen = watch.compare(slot, thread->truth(), 0.1);
  CHECK(static_cast<double>(seen.now.slot.class_ns[KW_CLASS_SLEEP]) > 0);
  CHECK(seen.now.slot.class_ns[KW_CLASS_CHILD] == 0);
}

}  // namespace kernwise::test
