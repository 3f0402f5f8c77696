// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/scenario/scenarios.hpp"

namespace kernwise::test {
namespace {

const std::string kPods = "/api/v1/namespaces/resize/pods";

std::string pod(const std::string& name, const std::string& resources) {
  return object_text(
      "v1", "Pod", name,
      R"("spec":{"nodeName":"resize-node","containers":[{"name":"app","image":"i","resources":)" +
          resources + R"(},{"name":"side","image":"i"}]})");
}

std::string resources(const std::string& text) {
  return R"({"spec":{"containers":[{"name":"app","resources":)" + text + "}]}}";
}

}  // namespace

void play_resize(Observer& api) {
  const auto one = kPods + "/a";
  const Observer::Looks looks{"/spec/containers/0/resources", "/spec/containers/1/resources",
                              "/status/qosClass"};
  const Observer::Query ours{{"fieldManager", "kernwise"}};
  auto dry = ours;
  dry.emplace_back("dryRun", "All");
  const auto resize = [&](const std::string& name, const std::string& body,
                          const Observer::Query& query = {{"fieldManager", "kernwise"}}) {
    api.ask({.name = name,
             .method = "PATCH",
             .path = one + "/resize",
             .query = query,
             .body = body,
             .type = "strategic"},
            looks);
  };
  api.arrange({.method = "POST",
               .path = "/api/v1/nodes",
               .body = object_text("v1", "Node", "resize-node",
                                   R"("status":{"allocatable":{"cpu":"4","memory":"8Gi"}})")});
  api.ask({.name = "create",
           .method = "POST",
           .path = kPods,
           .body = pod("a", R"({"requests":{"cpu":"100m"},"limits":{"cpu":"500m"}})")},
          looks);
  api.arrange(
      {.method = "PATCH",
       .path = one + "/status",
       .body =
           R"({"status":{"phase":"Running","containerStatuses":[{"name":"app","image":"i","imageID":"","ready":true,"restartCount":0,"state":{"running":{}}}]}})",
       .type = "strategic"});
  resize("a node that cannot", resources(R"({"limits":{"cpu":"800m"}})"));
  api.arrange(
      {.method = "PATCH",
       .path = one + "/status",
       .body =
           R"({"status":{"containerStatuses":[{"name":"app","image":"i","imageID":"","ready":true,"restartCount":0,"state":{"running":{}},"resources":{"requests":{"cpu":"100m"},"limits":{"cpu":"500m"}}}]}})",
       .type = "strategic"});
  api.ask(
      {.name = "create on a node that is not there",
       .method = "POST",
       .path = kPods,
       .body = object_text(
           "v1", "Pod", "c",
           R"("spec":{"nodeName":"no-node","containers":[{"name":"app","image":"i","resources":{"limits":{"cpu":"1"}}}]})")},
      looks);
  api.ask({.name = "resize there",
           .method = "PATCH",
           .path = kPods + "/c/resize",
           .body = resources(R"({"limits":{"cpu":"2"}})"),
           .type = "strategic"},
          looks);
  resize("limits", resources(R"({"limits":{"cpu":"800m"}})"));
  resize("both", resources(R"({"requests":{"cpu":"200m"},"limits":{"cpu":"1"}})"));
  resize("the same again", resources(R"({"requests":{"cpu":"200m"},"limits":{"cpu":"1"}})"));
  resize("dry run", resources(R"({"limits":{"cpu":"2"}})"), dry);
  resize("more than its node has", resources(R"({"requests":{"cpu":"5"},"limits":{"cpu":"6"}})"));
  resize("a request above its limit", resources(R"({"requests":{"cpu":"3"}})"));
  resize("an image", R"({"spec":{"containers":[{"name":"app","image":"j"}]}})");
  resize("a container that is not there",
         R"({"spec":{"containers":[{"name":"new","resources":{"limits":{"cpu":"1"}}}]}})");
  resize("a limit goes", resources(R"({"limits":{"cpu":null}})"));
  resize("something else than CPU and memory",
         resources(R"({"limits":{"ephemeral-storage":"1Gi"}})"));
  resize("not a quantity", resources(R"({"limits":{"cpu":"fast"}})"));
  resize("below zero", resources(R"({"requests":{"cpu":"-1"}})"));
  api.ask(
      {.name = "JSON patch",
       .method = "PATCH",
       .path = one + "/resize",
       .query = ours,
       .body = R"([{"op":"add","path":"/spec/containers/0/resources/limits/cpu","value":"900m"}])",
       .type = "json"},
      looks);
  api.ask({.name = "resize of nothing",
           .method = "PATCH",
           .path = kPods + "/z/resize",
           .body = resources(R"({"limits":{"cpu":"1"}})"),
           .type = "strategic"});
  api.ask({.name = "best effort", .method = "POST", .path = kPods, .body = pod("b", "{}")}, looks);
  api.ask({.name = "best effort stays it",
           .method = "PATCH",
           .path = kPods + "/b/resize",
           .body = resources(R"({"limits":{"cpu":"1"}})"),
           .type = "strategic"},
          looks);
}

}  // namespace kernwise::test
