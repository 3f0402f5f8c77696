// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/containers.hpp"

#include <catch2/catch_all.hpp>

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
  CHECK(table.rested(7) == std::vector<std::uint32_t>{1});
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
