// SPDX-License-Identifier: Apache-2.0
#include "profiler/sense/loss.hpp"

#include <rapidcheck.h>

#include <catch2/catch_all.hpp>

namespace kernwise::sense {
namespace {

/// A window in which a container did and lost so much, after counters that were not zero.
struct Row {
  std::uint32_t lost_switches = 0, lost_connections = 0, lost_disk = 0, lost_samples = 0;
  std::uint64_t switches = 0, connections = 0, disk = 0, samples = 0;
  Kept kept = {};

  [[nodiscard]] Loss loss() const {
    Reading before, now;
    for (const auto kind : {KW_LOST_SWITCHES, KW_LOST_CONNECTIONS, KW_LOST_DISK, KW_LOST_SAMPLES}) {
      before.slot.lost[kind] = 7;
    }
    before.slot.switches[0] = before.slot.samples = 1000;
    now = before;
    now.slot.lost[KW_LOST_SWITCHES] += lost_switches;
    now.slot.lost[KW_LOST_CONNECTIONS] += lost_connections;
    now.slot.lost[KW_LOST_DISK] += lost_disk;
    now.slot.lost[KW_LOST_SAMPLES] += lost_samples;
    now.slot.switches[0] += switches / 2;
    now.slot.switches[1] += switches - switches / 2;
    now.slot.connections[1] += connections;
    now.slot.disk_ops[0] += disk;
    now.slot.samples += samples;
    return loss_between(before, now, kept);
  }
};

}  // namespace

TEST_CASE("loss: the largest part of what a container did", "[sense]") {
  const auto [name, row, part, of] = GENERATE(table<std::string, Row, double, std::string>({
      {"nothing lost", {.switches = 100}, 0, "switches"},
      {"nothing done, nothing lost", {}, 0, "switches"},
      {"6 switches of 94 + 6", {.lost_switches = 6, .switches = 94}, 0.06, "switches"},
      {"everything", {.lost_switches = 3}, 1, "switches"},
      {"5 sockets of 5 + 10 connections + 85 requests",
       {.lost_connections = 5, .connections = 10, .kept = {.requests = 85}},
       0.05,
       "connections"},
      {"1 block request of 1 + 3", {.lost_disk = 1, .disk = 3}, 0.25, "disk requests"},
      {"9 ticks of 99, which count them", {.lost_samples = 9, .samples = 99}, 9. / 99, "samples"},
      {"2 cgroups of 2 + 6", {.kept = {.cgroups = 6, .refused = 2}}, 0.25, "cgroups"},
      {"the worse of two: 10 / 100 switches, 20 / 100 block requests",
       {.lost_switches = 10, .lost_disk = 20, .switches = 90, .disk = 80},
       0.2,
       "disk requests"},
  }));
  CAPTURE(name);
  CHECK(row.loss().part == Catch::Approx(part));
  CHECK(row.loss().of == of);
}

TEST_CASE("loss: always a part, and none only where nothing was lost", "[sense]") {
  REQUIRE(rc::check("0 <= part <= 1", [](std::uint16_t lost, std::uint16_t kept) {
    const auto loss = Row{.lost_switches = lost, .switches = kept}.loss();
    RC_ASSERT(loss.part >= 0 && loss.part <= 1);
    RC_ASSERT((loss.part > 0) == (lost > 0));
  }));
}

}  // namespace kernwise::sense
