// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/app/regret.hpp"

#include <catch2/catch_all.hpp>

#include "orchestrator/view/reducer.hpp"
#include "test/unit/orchestrator/reports.hpp"

namespace kernwise::orchestrator {
namespace {

using test::arrival;
using test::at;
using test::report_of;

/// One node of four cores, and a scheduler that asks about it.
struct Placing {
  Placing() { report(1, 0, 1); }

  void report(std::uint64_t seq, double seconds, double busy) {
    auto report = report_of("n1", seq);
    report.totals.busy = busy;
    REQUIRE(reducer.accept(report, arrival(seconds)) == view::Admission::accepted);
  }
  void ask(const std::string& uid) {
    const auto snapshot = reducer.snapshot(at(0), {});
    const protocol::Cluster cluster{.nodes = snapshot->table, .profiles = *snapshot->profiles};
    protocol::Outcome outcome;
    (void)service.prioritize(R"({"Pod":{"metadata":{"uid":")" + uid +
                                 R"("},"spec":{"containers":[{"resources":{"requests":)"
                                 R"({"cpu":"2"}}}]}},"NodeNames":["n1"]})",
                             cluster, outcome);
    log.push(history::placement_record("prioritize", std::move(outcome), {}));
  }
  void bind(const std::string& uid, const char* owner, double seconds) {
    placement::PodFacts pod;
    pod.uid = uid;
    pod.node_name = "n1";
    pod.owners = {{owner, "x", "u", true}};
    regret.bound(pod, at(seconds));
  }
  void look(double seconds) {
    regret.look({.log = log,
                 .node = [this](const std::string& node) { return reducer.find(node); },
                 .registry = registry},
                at(seconds));
  }
  std::string metrics() { return metrics::serialise(registry.collect(), {}); }

  view::Reducer reducer;
  protocol::Service service;
  history::PlacementLog log;
  metrics::Registry registry;
  Regret regret;
};

TEST_CASE("regret: after a minute the node's load is held against what was expected", "[app]") {
  Placing placing;
  placing.ask("u1");
  placing.bind("u1", "ReplicaSet", 1);
  placing.report(2, 58, 3.5);
  placing.look(3);
  placing.look(60);
  CHECK_FALSE(placing.log.items().front().after.has_value());
  placing.look(61);
  const auto& after = placing.log.items().front().after;
  REQUIRE(after.has_value());
  CHECK(after->node == "n1");
  CHECK(after->expected[0] == Catch::Approx((1 + 0.85 * 2) / 4));  // of a request 85 %
  CHECK(after->actual[0] == 3.5 / 4);
  CHECK(after->seconds == 60);
  // .875 - .675 = .2 more than expected
  CHECK(placing.metrics().find(
            R"(kernwise_placement_regret_ratio_bucket{load="higher",resource="cpu",le="0.2"} 1)") !=
        std::string::npos);
}

TEST_CASE("regret: a node without fresh data is held against nothing", "[app]") {
  Placing placing;
  placing.ask("u1");
  placing.bind("u1", "ReplicaSet", 1);
  placing.look(3);
  placing.look(61);
  CHECK_FALSE(placing.log.items().front().after.has_value());
}

TEST_CASE("regret: pods that nobody asked about are counted", "[app]") {
  Placing placing;
  placing.bind("u1", "ReplicaSet", 0);
  placing.bind("u2", "DaemonSet", 0);
  placing.bind("u3", "ReplicaSet", 0);
  placing.ask("u3");  // the record comes after the news
  placing.look(2);
  for (const char* line : {R"(kernwise_placement_bound_total{asked="no"} 1)",
                           R"(kernwise_placement_bound_total{asked="daemon"} 1)",
                           R"(kernwise_placement_bound_total{asked="yes"} 1)"}) {
    CAPTURE(line);
    CHECK(placing.metrics().find(line) != std::string::npos);
  }
}

}  // namespace
}  // namespace kernwise::orchestrator
