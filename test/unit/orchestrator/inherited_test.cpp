// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_all.hpp>

#include "orchestrator/api/scheduler_routes.hpp"
#include "orchestrator/view/reducer.hpp"
#include "test/unit/orchestrator/objects.hpp"
#include "test/unit/orchestrator/reports.hpp"
#include "test/unit/orchestrator/routes.hpp"

namespace kernwise::api {
namespace {

TEST_CASE("scheduler routes: namespace and workload say how their pods are placed", "[api]") {
  struct Row {
    const char* name;
    std::string space, workload, uid;
    protocol::Effect effect;
  };
  const Row row = GENERATE(values<Row>({
      {"nobody says anything", "", "", "uid-p", protocol::Effect::answered},
      {"the namespace", "Observe", "", "uid-p", protocol::Effect::observed},
      {"the namespace, of a pod that is not known yet", "Observe", "", "new",
       protocol::Effect::observed},
      {"the workload before the namespace", "Observe", "Act", "uid-p", protocol::Effect::answered},
      {"the workload", "", "Observe", "uid-p", protocol::Effect::observed},
  }));
  CAPTURE(row.name);
  constexpr const char* kMode = "kernwise.io/placement-mode";
  test::NamedCluster cluster;
  kube::Namespace space{.meta = test::meta("shop")};
  space.meta.name_space.clear();
  if (!row.space.empty()) space.meta.annotations[kMode] = row.space;
  auto workload = test::controller("Deployment", "d");
  if (!row.workload.empty()) workload.meta.annotations[kMode] = row.workload;
  auto pod = test::pod("p", "", "");
  pod.meta.controller = test::owner("apps/v1", "Deployment", "d");
  cluster.namespaces.put(space);
  cluster.deployments.put(workload);
  cluster.pods.put(pod);

  view::Reducer reducer;
  reducer.rename(cluster.publish()->book);
  REQUIRE(reducer.accept(test::report_of("n1", 1), test::arrival(0)) == view::Admission::accepted);
  view::Published view;
  view.store(reducer.snapshot(test::at(0), {}));
  std::vector<protocol::Effect> effects;
  const auto routes = scheduler_routes(
      view, {}, [] { return Now{test::at(0), {}}; },
      [&](const char*, protocol::Outcome&& outcome) { effects.push_back(outcome.effect); });
  auto request = test::request("POST", "/prioritize");
  request.body = R"({"Pod":{"metadata":{"name":"p","namespace":"shop","uid":")" + row.uid +
                 R"("},"spec":{}},"NodeNames":["n1"]})";
  CHECK(test::ask(routes, std::move(request)).status == 200);
  CHECK(effects == std::vector{row.effect});
}

}  // namespace
}  // namespace kernwise::api
