// SPDX-License-Identifier: Apache-2.0
#include "extender/placement/filter.hpp"

#include <rapidcheck.h>

#include <catch2/catch_all.hpp>
#include <limits>

#include "test/unit/placement/example.hpp"
#include "test/unit/placement/rating.hpp"

namespace kernwise::placement {
namespace {

constexpr std::uint16_t kMost = std::numeric_limits<std::uint16_t>::max();

FilterParams enabled() {
  FilterParams params;
  params.enabled = true;
  return params;
}

Filtering filter(std::span<const NodeRow* const> rows, const PodFacts& pod,
                 const PodProfile& profile, const FilterParams& params) {
  std::vector<std::uint32_t> candidates;
  const NodeTable nodes = example::table_of(rows, candidates);
  return placement::filter(nodes, candidates, pod, {.pod = profile, .params = ScoreParams{}},
                           params);
}

/// Disk contention for `windows` reports in a row.
NodeRow contended(double contention, std::uint16_t windows) {
  NodeRow node = example::node("n", {.5, .95, .4}, {0, contention, 0}, {});
  node.windows_over_limit[1] = windows;
  return node;
}

TEST_CASE("filter: is off by default", "[placement]") {
  const NodeRow hot = contended(.9, 100);
  const NodeRow* candidates[] = {&hot, &example::kBusy, &example::kBusy};
  const Filtering passed = filter(candidates, {}, example::kIoPod, {});
  CHECK(passed.rejected == std::vector<std::optional<Resource>>(3));
}

TEST_CASE("filter: what a veto takes", "[placement]") {
  struct Row {
    const char* name;
    NodeRow node;
    PodProfile pod;
    bool rejected;
  };
  NodeRow old = contended(.9, 5);
  old.age_seconds = 15.1;
  NodeRow ageless = contended(.9, 5);
  ageless.age_seconds = std::numeric_limits<double>::quiet_NaN();
  const Row row = GENERATE_COPY(values<Row>({
      {"over the limit for 5 reports", contended(.61, 5), example::kIoPod, true},
      {"for 4 reports", contended(.9, 4), example::kIoPod, false},
      {"below the limit but not recovered", contended(.41, 5), example::kIoPod, true},
      {"recovered", contended(.40, 5), example::kIoPod, false},
      {"a pod that hardly uses the disk", contended(.9, 5), example::kCpuPod, false},
      {"old data", old, example::kIoPod, false},
      {"data without an age", ageless, example::kIoPod, false},
  }));
  CAPTURE(row.name);
  const NodeRow* candidates[] = {&row.node, &example::kBusy, nullptr};
  const Filtering verdict = filter(candidates, {}, row.pod, enabled());
  CHECK(verdict.rejected.at(0).has_value() == row.rejected);
  if (row.rejected) CHECK(verdict.rejected.at(0) == Resource::disk);
  CHECK_FALSE(verdict.rejected.at(1));
  CHECK_FALSE(verdict.rejected.at(2));
  CHECK_FALSE(verdict.overridden);
}

TEST_CASE("filter: pods of the system pass", "[placement]") {
  const NodeRow hot = contended(.9, 5);
  const NodeRow* candidates[] = {&hot, &example::kBusy};
  PodFacts daemon, critical, preempting, ordinary;
  daemon.owners.push_back({"DaemonSet", "logs", "u", true});
  critical.priority = 2'000'000'000;
  preempting.nominated_node = "n";
  ordinary.owners.push_back({"ReplicaSet", "web", "u", true});
  for (const PodFacts& pod : {daemon, critical, preempting}) {
    CHECK(is_exempt(pod));
    CHECK_FALSE(filter(candidates, pod, example::kIoPod, enabled()).rejected.at(0));
  }
  CHECK(filter(candidates, ordinary, example::kIoPod, enabled()).rejected.at(0) == Resource::disk);
}

TEST_CASE("filter: always leaves max(1, 30 %) of the candidates, the least contended",
          "[placement]") {
  const auto [all, kept] = GENERATE(table<std::size_t, std::size_t>({
      {1, 1},   // .3 -> 1
      {2, 1},   // .6 -> 1
      {4, 2},   // 1.2 -> 2
      {10, 3},  // 3
      {11, 4},  // 3.3 -> 4
  }));
  CAPTURE(all);
  std::vector<NodeRow> rows;
  for (std::size_t i = 0; i < all; ++i) {
    rows.push_back(contended(.7 + .01 * static_cast<double>(i), 9));
  }
  std::vector<const NodeRow*> candidates;
  for (const NodeRow& row : rows) candidates.push_back(&row);
  const Filtering verdict = filter(candidates, {}, example::kIoPod, enabled());
  CHECK(verdict.overridden);
  for (std::size_t i = 0; i < all; ++i) CHECK(verdict.rejected.at(i).has_value() == (i >= kept));
}

TEST_CASE("filter: nodes equally contended at the border are all kept", "[placement]") {
  const NodeRow hot = contended(.9, 9);
  const std::vector<const NodeRow*> candidates(10, &hot);
  const Filtering verdict = filter(candidates, {}, example::kIoPod, enabled());
  CHECK(verdict.overridden);
  CHECK(verdict.rejected == std::vector<std::optional<Resource>>(10));
}

TEST_CASE("filter: never leaves fewer than it promises, for any contention", "[placement]") {
  REQUIRE(rc::check("floor", [] {
    const auto levels = *rc::gen::container<std::vector<double>>(rc::gen::arbitrary<double>());
    const auto part = *rc::gen::arbitrary<double>();
    std::vector<NodeRow> rows;
    for (const double level : levels) rows.push_back(contended(level, 9));
    std::vector<const NodeRow*> candidates;
    for (const NodeRow& row : rows) candidates.push_back(&row);
    FilterParams params = enabled();
    params.min_kept_part = part;
    const Filtering verdict = filter(candidates, {}, example::kIoPod, params);
    RC_ASSERT(verdict.rejected.size() == candidates.size());
    std::size_t kept = 0;
    for (const auto& rejected : verdict.rejected) kept += rejected ? 0U : 1U;
    const double promised = std::clamp(part, 0.0, 1.0) * static_cast<double>(candidates.size());
    RC_ASSERT(candidates.empty() || kept >= 1);
    RC_ASSERT(static_cast<double>(kept) + 1e-6 >= promised);
  }));
}

TEST_CASE("windows_over: counts up, holds until recovered, then starts again", "[placement]") {
  const auto [before, contention, after] = GENERATE(table<std::uint16_t, double, std::uint16_t>({
      {0, .61, 1},
      {4, .61, 5},
      {4, .60, 0},  // not above the limit, and no veto yet: from the beginning
      {5, .50, 5},  // vetoed and not recovered: held
      {5, .40, 0},
      {5, std::numeric_limits<double>::quiet_NaN(), 0},
      {kMost, .9, kMost},
  }));
  CAPTURE(before, contention);
  CHECK(windows_over(before, contention, Resource::disk, {}) == after);
}

TEST_CASE("rejection_text: one text per resource, without numbers", "[placement]") {
  CHECK(rejection_text(Resource::cpu) == "cpu contended (kernel run-queue wait)");
  CHECK(rejection_text(Resource::disk) == "disk saturated (kernel I/O stall)");
  CHECK(rejection_text(Resource::memory) == "memory contended (kernel reclaim stall)");
}

}  // namespace
}  // namespace kernwise::placement
