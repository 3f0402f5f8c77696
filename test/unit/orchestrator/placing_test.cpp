// SPDX-License-Identifier: Apache-2.0
// What the options of placement do to the scheduler's answers.
#include <catch2/catch_all.hpp>

#include "orchestrator/api/scheduler_routes.hpp"
#include "orchestrator/view/reducer.hpp"
#include "test/unit/orchestrator/objects.hpp"
#include "test/unit/orchestrator/reports.hpp"
#include "test/unit/orchestrator/routes.hpp"

namespace kernwise::api {
namespace {

using test::arrival;
using test::at;
using test::report_of;

/// A view and the route that rates its nodes.
struct Desk {
  explicit Desk(SchedulerOptions options)
      : routes(scheduler_routes(
            view, std::move(options), [this] { return Now{now, {}}; },
            [this](const char*, protocol::Outcome&& done) { outcome = std::move(done); })) {}

  void show(double seconds) {
    now = at(seconds);
    view.store(reducer.snapshot(now, {}));
  }
  std::string prioritize(const std::string& pod, const std::string& names) {
    auto request = test::request("POST", "/prioritize");
    request.body = R"({"Pod":)" + pod + R"(,"NodeNames":[)" + names + "]}";
    return test::ask(routes, std::move(request)).body;
  }

  MonoTime now = at(0);
  view::Reducer reducer;
  view::Published view;
  protocol::Outcome outcome;
  std::vector<http::Route> routes;
};

TEST_CASE("placing: no opinion before two windows of the slowest node are over", "[api]") {
  Desk desk({.warm_up = 2});
  desk.show(0);
  auto slow = report_of("n2", 1);
  slow.window_ms = 10'000;
  REQUIRE(desk.reducer.accept(report_of("n1", 1), arrival(1)) == view::Admission::accepted);
  REQUIRE(desk.reducer.accept(slow, arrival(1)) == view::Admission::accepted);
  desk.show(10);
  CHECK(desk.prioritize("{}", R"("n1","n2")") == "[]");
  CHECK(desk.outcome.ranking.abstention == placement::Abstention::warming_up);
  CHECK(desk.outcome.effect == protocol::Effect::abstained);
  slow.seq = 2;
  REQUIRE(desk.reducer.accept(report_of("n1", 2), arrival(19)) == view::Admission::accepted);
  REQUIRE(desk.reducer.accept(slow, arrival(19)) == view::Admission::accepted);
  desk.show(19.9);
  CHECK(desk.prioritize("{}", R"("n1","n2")") == "[]");
  desk.show(20);
  CHECK(desk.prioritize("{}", R"("n1","n2")") != "[]");
}

TEST_CASE("placing: without pending, what was just rated is expected nowhere", "[api]") {
  const bool pending = GENERATE(true, false);
  CAPTURE(pending);
  Desk desk({.pending = pending});
  for (const char* node : {"n1", "n2"}) {
    REQUIRE(desk.reducer.accept(report_of(node, 1), arrival(0)) == view::Admission::accepted);
  }
  desk.show(0);
  for (int pod = 0; pod < 2; ++pod) {
    const std::string uid = std::to_string(pod);
    desk.prioritize(R"({"metadata":{"uid":")" + uid + R"("}})", R"("n1","n2")");
  }
  CHECK(desk.outcome.expected.empty() == !pending);
}

TEST_CASE("placing: protect makes pods below a node's residents pay twice", "[api]") {
  test::NamedCluster cluster;
  auto resident = test::pod("resident", "n1", "");
  resident.priority = 100;
  auto proxy = test::pod("proxy", "n2", "");
  proxy.priority = 2'000'001'000;  // of the system, like the one on every other node
  cluster.pods.put(resident);
  cluster.pods.put(proxy);
  Desk desk({.score = {.shape = placement::Shape::protect}});
  desk.reducer.rename(cluster.publish()->book);
  for (const auto& [node, uid] : {std::pair{"n1", "uid-resident"}, {"n2", "uid-proxy"}}) {
    auto waits = test::container(uid, Verdict::steady, 0.5);
    waits.shares[Share::runqueue] = 0.5;
    REQUIRE(desk.reducer.accept(report_of(node, 1, {waits}), arrival(0)) ==
            view::Admission::accepted);
  }
  desk.show(0);
  const auto qualities = [&](int priority) {
    desk.prioritize(R"({"spec":{"priority":)" + std::to_string(priority) + "}}", R"("n1","n2")");
    const protocol::Outcome& told = desk.outcome;
    const placement::Question question{
        .pod = told.profile, .params = told.score, .priority = told.pod.priority};
    return placement::rank(*told.nodes, told.candidates, question).qualities;
  };
  CHECK(qualities(100)[0] == qualities(100)[1]);
  // v_cpu = .5/(.5 + .5); the load is (1 + .25)/4, mix 1: .30 * 1.0 * .5 * .3125 more.
  CHECK(qualities(99)[1] - qualities(99)[0] == Catch::Approx(0.3 * 0.5 * 0.3125));
}

}  // namespace
}  // namespace kernwise::api
