// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/containers.hpp"

#include <catch2/catch_all.hpp>

#include <rapidcheck.h>

#include "ebpf/kernwise_abi.h"
#include "test/support/show_result.hpp"

namespace kernwise::profiler {
namespace {

const std::string kPod =
    "/kubepods.slice/kubepods-burstable.slice/"
    "kubepods-burstable-pod11111111_2222_3333_4444_555555555555.slice";

std::string container(char digit) {
  return kPod + "/cri-containerd-" + std::string(64, digit) + ".scope";
}

}  // namespace

TEST_CASE("ContainerTable: containers and plain cgroups get a slot, pods and slices none",
          "[profiler]") {
  ContainerTable table(8);
  CHECK_FALSE(table.appeared(10, "/kubepods.slice"));
  CHECK_FALSE(table.appeared(11, kPod));
  const auto first = table.appeared(12, container('a'));
  REQUIRE(first);
  CHECK(first->slot == 1);  // slot 0 is the aggregate
  const auto service = table.appeared(13, "/system.slice/ssh.service");
  REQUIRE(service);
  CHECK(service->slot == 2);
  CHECK_FALSE(table.appeared(12, container('a')));  // seen twice: the walk and the event
}

TEST_CASE("ContainerTable: a cgroup nested in a container counts for the container", "[profiler]") {
  ContainerTable table(8);
  const auto outer = table.appeared(12, container('a'));
  const auto inner = table.appeared(14, container('a') + "/init");
  REQUIRE(outer);
  REQUIRE(inner);
  CHECK(inner->slot == outer->slot);
  table.vanished(14, 5);
  CHECK_FALSE(table.containers().at(outer->slot).gone_at_window);  // only the inner one is gone
  table.vanished(12, 6);
  CHECK(table.containers().at(outer->slot).gone_at_window == 6U);
}

TEST_CASE("ContainerTable: a slot rests two windows before somebody else gets it", "[profiler]") {
  ContainerTable table(2);  // one slot beside the aggregate
  REQUIRE(table.appeared(12, container('a')));
  table.vanished(12, 5);
  CHECK_FALSE(table.appeared(20, container('b')));
  CHECK(table.overflow() == 1);
  CHECK(table.rested(6).empty());
  CHECK(table.rested(7) == std::set<std::uint32_t>{1});
  const auto next = table.appeared(20, container('b'));
  REQUIRE(next);
  CHECK(next->slot == 1);
}

TEST_CASE("ContainerTable: an excluded container keeps its slot but counts in the aggregate",
          "[profiler]") {
  ContainerTable table(8);
  const auto mine = table.appeared(12, container('a'));
  REQUIRE(mine);
  const auto moved = table.exclude(mine->slot);
  REQUIRE(moved.size() == 1);
  CHECK(moved[0].slot == 0);
  CHECK(table.exclude(mine->slot).empty());  // told once
  const auto nested = table.appeared(15, container('a') + "/x");
  REQUIRE(nested);
  CHECK(nested->slot == 0);
}

TEST_CASE("ContainerTable: a slot that something still refers to rests on, but not for ever",
          "[profiler]") {
  ContainerTable table(4);
  REQUIRE(table.appeared(12, container('a')));
  table.vanished(12, 5);
  const auto in_use = [](std::uint32_t) { return true; };
  CHECK(table.rested(7, in_use).empty());
  CHECK(table.rested(5 + ContainerTable::kLongestRest - 1, in_use).empty());
  CHECK(table.rested(5 + ContainerTable::kLongestRest, in_use) == std::set<std::uint32_t>{1});
}

TEST_CASE("ContainerTable: who found no slot gets the next free one, if it still lives",
          "[profiler]") {
  ContainerTable table(2);
  REQUIRE(table.appeared(12, container('a')));
  CHECK_FALSE(table.appeared(20, container('b')));
  CHECK_FALSE(table.appeared(21, container('c')));
  CHECK_FALSE(table.appeared(20, container('b')));  // seen again by a walk: counted once
  CHECK(table.overflow() == 2);
  CHECK(table.place_waiting().empty());
  table.vanished(20, 5);
  table.vanished(12, 5);
  REQUIRE(table.rested(7).size() == 1);
  const auto placed = table.place_waiting();
  REQUIRE(placed.size() == 1);
  CHECK(placed[0].cgroup_id == 21);
  CHECK(table.overflow() == 2);
}

TEST_CASE("ContainerTable: a container cannot fill the table with cgroups nested below it",
          "[profiler]") {
  ContainerTable table(4);
  REQUIRE(table.appeared(1, container('a')));
  for (std::uint64_t id = 2; id <= 5000; ++id) {
    static_cast<void>(table.appeared(id, container('a') + "/" + std::to_string(id)));
  }
  CHECK(table.cgroups() == ContainerTable::kMaxNested);
  CHECK(table.overflow() == 5000 - ContainerTable::kMaxNested);
  const auto& refused = table.containers().begin()->second.refused;
  CHECK(refused.size() == 5000 - ContainerTable::kMaxNested);
  table.vanished(5000, 1);
  CHECK_FALSE(refused.contains(5000));
  CHECK(table.appeared(9000, container('b')));  // others are not hurt
}

TEST_CASE("ContainerTable: 100,000 short-lived cgroups leave nothing behind", "[profiler]") {
  ContainerTable table(KW_MAX_SLOTS);
  std::uint64_t id = 100, followed = 0, window = 1;
  // 500 a window, each gone within its window: 500 * 3 windows of life and rest < 2047 slots.
  for (; id < 100'100; ++id) {
    followed += table.appeared(id, "/short-" + std::to_string(id) + ".scope").has_value();
    table.vanished(id, window);
    if (id % 500 != 0) continue;
    static_cast<void>(table.rested(++window));
    CHECK(table.containers().size() <= 1500);
  }
  CHECK(followed == 100'000);
  CHECK(table.overflow() == 0);
  static_cast<void>(table.rested(window + 2));
  CHECK(table.containers().empty());
  CHECK(table.cgroups() == 0);
}

TEST_CASE("ContainerTable: whatever comes and goes, no slot has two owners", "[profiler]") {
  REQUIRE(rc::check("slots are exclusive, rest two windows, and losses are counted", [] {
    ContainerTable table(6);
    std::map<std::uint64_t, std::uint32_t> live;   // cgroup: slot
    std::map<std::uint32_t, std::uint64_t> freed;  // slot: window of its owner's end
    std::uint64_t next = 10, window = 1, asked = 0, given = 0;
    for (const auto step :
         *rc::gen::container<std::vector<std::uint8_t>>(200, rc::gen::arbitrary<std::uint8_t>())) {
      if (step % 4 < 2) {
        ++asked;
        if (const auto a = table.appeared(next, "/c" + std::to_string(next))) {
          ++given;
          for (const auto& [cgroup, slot] : live) RC_ASSERT(slot != a->slot);
          if (freed.contains(a->slot)) {
            RC_ASSERT(window >= freed[a->slot] + ContainerTable::kRestWindows);
          }
          live[next] = a->slot;
        }
        ++next;
      } else if (step % 4 == 2 && !live.empty()) {
        const auto gone = std::next(live.begin(), step % static_cast<long>(live.size()));
        table.vanished(gone->first, window);
        freed[gone->second] = window;
        live.erase(gone);
      } else {
        static_cast<void>(table.rested(++window));
      }
      RC_ASSERT(table.cgroups() == live.size());
      RC_ASSERT(given + table.overflow() == asked);
      RC_ASSERT(table.containers().size() <= 5U);
    }
  }));
}

TEST_CASE("ContainerTable: the same path may come back with another id", "[profiler]") {
  ContainerTable table(8);
  const auto first = table.appeared(12, "/a.service");
  table.vanished(12, 1);
  const auto second = table.appeared(99, "/a.service");
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->slot != second->slot);
}

}  // namespace kernwise::profiler
