// SPDX-License-Identifier: Apache-2.0
#include "extender/pending/bound.hpp"

#include <catch2/catch_all.hpp>

namespace kernwise::pending {
namespace {

using placement::PerResource;
using std::chrono::seconds;

constexpr PerResource kTwoCores = {2, 0, 4e9};
const MonoTime kStart{};

Arrived report(std::string_view node, int second, std::set<std::string, std::less<>> pods) {
  return {.node = node,
          .at = kStart + seconds(second),
          .window = seconds(5),
          .has = [pods = std::move(pods)](std::string_view uid) { return pods.contains(uid); }};
}

double cores(const Bound& bound, const std::string& node) {
  const auto nodes = bound.by_node();
  const auto found = nodes.find(node);
  return found == nodes.end() ? 0 : found->second[0];
}

TEST_CASE("bound: a pod counts until the reports show it", "[pending]") {
  Bound bound;
  bound.bind("p", "n1", kTwoCores, kStart);
  CHECK(cores(bound, "n1") == 2);
  bound.arrived(report("n1", 4, {}));  // not started yet
  CHECK(cores(bound, "n1") == 2);
  bound.arrived(report("n2", 5, {"p"}));  // no other node can know it
  CHECK(cores(bound, "n1") == 2);
  bound.arrived(report("n1", 9, {"p"}));  // first seen: somewhere in this window
  CHECK(cores(bound, "n1") == 2);
  bound.arrived(report("n1", 11, {"p"}));  // an early report: 2 of 5 s
  CHECK_THAT(cores(bound, "n1"), Catch::Matchers::WithinAbs(1.2, 1e-12));  // 2 * (1 - .4)
  bound.arrived(report("n1", 14, {"p"}));
  CHECK(cores(bound, "n1") == 0);
  CHECK(bound.pods() == 0);
}

TEST_CASE("bound: a watch that repeats itself changes nothing", "[pending]") {
  Bound bound;
  bound.bind("p", "n1", kTwoCores, kStart);
  bound.arrived(report("n1", 5, {"p"}));
  bound.bind("p", "n1", {9, 9, 9}, kStart + seconds(6));
  CHECK(cores(bound, "n1") == 2);
  bound.expire(kStart + seconds(120));
  CHECK(bound.is_bound("p"));
  bound.expire(kStart + seconds(121));  // since it was bound, not since the repetition
  CHECK_FALSE(bound.is_bound("p"));
}

TEST_CASE("bound: pods that leave are taken off while reports still know them", "[pending]") {
  Bound bound;
  bound.bind("new", "n1", kTwoCores, kStart);
  bound.leave("old", "n1", {1.5, 0, 0}, kStart);
  CHECK(cores(bound, "n1") == .5);  // 2 - 1.5
  bound.arrived(report("n1", 5, {"old"}));
  CHECK(cores(bound, "n1") == .5);
  bound.arrived(report("n1", 10, {}));
  CHECK(cores(bound, "n1") == 2);
  // One that leaves before it was ever seen is no longer on its way, and cannot be bound again.
  bound.leave("new", "n1", {}, kStart);
  CHECK(cores(bound, "n1") == 0);
  bound.bind("new", "n1", kTwoCores, kStart);
  CHECK(bound.pods() == 0);
  bound.remove("new");
  CHECK(bound.by_node().empty());
}

TEST_CASE("bound: no more pods than allowed", "[pending]") {
  Bound bound({.deadline = seconds(120), .pods = 2});
  for (const char* uid : {"a", "b", "c"}) bound.bind(uid, "n1", kTwoCores, kStart);
  CHECK(bound.uids() == std::set<std::string, std::less<>>{"a", "b"});
  CHECK(cores(bound, "n1") == 4);
}

}  // namespace
}  // namespace kernwise::pending
