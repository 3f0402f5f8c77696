// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <catch2/catch_all.hpp>

#include "orchestrator/api/scheduler_routes.hpp"
#include "orchestrator/view/reducer.hpp"
#include "test/unit/orchestrator/reports.hpp"
#include "test/unit/orchestrator/routes.hpp"

namespace kernwise::api {
namespace {

using test::arrival;
using test::at;
using test::container;
using test::report_of;

placement::PodFacts bound_pod(const std::string& uid, const std::string& node, double cores) {
  placement::PodFacts pod;
  pod.uid = uid;
  pod.node_name = node;
  pod.requests.cores = cores;
  return pod;
}

report::Report showing(const std::string& node, std::uint64_t seq, const std::string& uid) {
  auto some = container("c", Verdict::steady, 0.5);
  some.pod_uid = uid;
  auto report = report_of(node, seq, {some});
  report.window_ms = 5'000;
  return report;
}

TEST_CASE("reducer: a bound pod is load until its node's reports show it", "[view]") {
  view::Reducer reducer;
  REQUIRE(reducer.accept(report_of("n1", 1), arrival(0)) == view::Admission::accepted);
  reducer.pod_bound(bound_pod("u1", "n1", 2), at(1));
  auto snapshot = reducer.snapshot(at(1), {});
  CHECK(snapshot->bound->contains("u1"));
  // Nothing is known of it: 85 % of its request.
  CHECK(snapshot->table->rows()[0].pending[0] == Catch::Approx(1.7));
  static_cast<void>(reducer.accept(showing("n1", 2, "u1"), arrival(5)));
  CHECK(reducer.snapshot(at(5), {})->bound->contains("u1"));
  static_cast<void>(reducer.accept(showing("n1", 3, "u1"), arrival(10)));
  snapshot = reducer.snapshot(at(10), {});
  CHECK(snapshot->bound->empty());
  CHECK(snapshot->table->rows()[0].pending[0] == 0);
}

TEST_CASE("reducer: a pod that leaves takes its use with it", "[view]") {
  view::Reducer reducer;
  static_cast<void>(reducer.accept(showing("n1", 1, "u1"), arrival(0)));
  const auto known = reducer.snapshot(at(0), {});
  const double used = known->nodes.at("n1")->pods.at(0).shares[Share::on_cpu];
  REQUIRE(used > 0);
  reducer.pod_leaves("u1", "n1", at(1));
  CHECK(reducer.snapshot(at(1), {})->table->rows()[0].pending[0] == -used);
  reducer.pod_gone("u1");
  CHECK(reducer.snapshot(at(1), {})->table->rows()[0].pending[0] == 0);
}

TEST_CASE("reducer: a pod no report ever shows is on its way for two minutes", "[view]") {
  view::Reducer reducer;
  static_cast<void>(reducer.accept(report_of("n1", 1), arrival(0)));
  reducer.pod_bound(bound_pod("u1", "n1", 2), at(0));
  reducer.forget(at(120));
  CHECK(reducer.snapshot(at(120), {})->bound->size() == 1);
  reducer.forget(at(121));
  CHECK(reducer.snapshot(at(121), {})->bound->empty());
}

/// Three equal empty nodes of four cores and the route that rates them.
struct Burst {
  view::Reducer reducer;
  view::Published view;
  double seconds = 1;
  std::vector<http::Route> routes = scheduler_routes(
      view, {}, [this] { return Now{at(seconds), {}}; }, [](const char*, protocol::Outcome&&) {});

  Burst() {
    for (const char* name : {"n1", "n2", "n3"}) {
      auto report = report_of(name, 1);
      report.totals.cores = 4;
      report.totals.busy = 0;
      static_cast<void>(reducer.accept(std::move(report), arrival(0)));
    }
    view.store(reducer.snapshot(at(1), {}));
  }

  std::string rate(const std::string& uid) {
    auto request = test::request("POST", "/prioritize");
    request.body = R"({"Pod":{"metadata":{"uid":")" + uid +
                   R"("},"spec":{"containers":[{"resources":)"
                   R"({"requests":{"cpu":"2400m"}}}]}},"NodeNames":["n1","n2","n3"]})";
    return test::ask(routes, std::move(request)).body;
  }
};

TEST_CASE_METHOD(Burst, "scheduler: pods of a burst count for each other before any report",
                 "[api]") {
  // 2.4 * .85 / 4 cores = .51: (.51/.80)^2 = .41 -> 1 - .45*.41 - .20*.41/1.6 = .77 -> 8
  const std::string first = rate("p1");
  CHECK(rate("p1") == first);  // the same pod again changes nothing
  const std::string second = rate("p2");
  CHECK(second != first);
  seconds = 3.1;  // nobody was bound within two seconds
  CHECK(rate("p3") == first);
}

TEST_CASE_METHOD(Burst, "scheduler: a guess ends where the binding is known", "[api]") {
  const std::string first = rate("p1");
  REQUIRE(rate("p1") == first);
  reducer.pod_bound(bound_pod("p1", "n2", 2.4), at(1));
  view.store(reducer.snapshot(at(1), {}));
  const std::string second = rate("p2");
  // n1 and n3 are as they were; n2 has the pod.
  CHECK(second.starts_with(first.substr(0, first.find("n2"))));
  CHECK(second.ends_with(first.substr(first.find(R"(,{"Host":"n3)"))));
  CHECK(second != first);
}

TEST_CASE("scheduler: flooded, it has no opinion at once, says so, and recovers", "[api]") {
  view::Published view;
  const auto overloaded = std::make_shared<std::atomic<bool>>(false);
  SchedulerOptions flooded;
  flooded.overloaded = overloaded;
  double seconds = 100, cost = 0.095;
  std::vector<protocol::Effect> effects;
  // Each look at the clock lets half of an answer's time pass.
  const auto routes = scheduler_routes(
      view, flooded, [&] { return Now{at(seconds += cost), {}}; },
      [&](const char*, protocol::Outcome&& outcome) { effects.push_back(outcome.effect); });
  const auto ask = [&](int times) {
    for (int i = 0; i < times; ++i) {
      auto request = test::request("POST", "/prioritize");
      request.body = R"({"Pod":{},"NodeNames":["n1"]})";
      CHECK(test::ask(routes, std::move(request)).body == "[]");
      seconds -= cost;  // no pause between two answers
    }
  };
  ask(30);  // two seconds and more of nothing but answers
  CHECK(effects.front() == protocol::Effect::abstained);
  CHECK(effects.back() == protocol::Effect::overloaded);
  CHECK(overloaded->load());
  cost = 0;
  seconds += 5;
  ask(1);
  CHECK(effects.back() == protocol::Effect::abstained);
  CHECK_FALSE(overloaded->load());
}

}  // namespace
}  // namespace kernwise::api
