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

const std::string kOne = kPods + "/a";
const Observer::Looks kLooks{"/spec/containers/0/resources", "/spec/containers/1/resources",
                             "/status/qosClass"};
const Observer::Query kOurs{{"fieldManager", "kernwise"}};

void resize(Observer& api, const std::string& name, const std::string& body,
            const Observer::Query& query = kOurs) {
  api.ask({.name = name,
           .method = "PATCH",
           .path = kOne + "/resize",
           .query = query,
           .body = body,
           .type = "strategic"},
          kLooks);
}

/// What the kubelet says of the container that runs; `more` is of its status.
void report_running(Observer& api, const std::string& phase, const std::string& more) {
  api.arrange(
      {.method = "PATCH",
       .path = kOne + "/status",
       .body =
           R"({"status":{)" + phase +
           R"("containerStatuses":[{"name":"app","image":"i","imageID":"","ready":true,"restartCount":0,"state":{"running":{}})" +
           more + "}]}}",
       .type = "strategic"});
}

void make_resizable(Observer& api) {
  api.arrange({.method = "POST",
               .path = "/api/v1/nodes",
               .body = object_text("v1", "Node", "resize-node",
                                   R"("status":{"allocatable":{"cpu":"4","memory":"8Gi"}})")});
  api.post("create", kPods, pod("a", R"({"requests":{"cpu":"100m"},"limits":{"cpu":"500m"}})"),
           kLooks);
  report_running(api, R"("phase":"Running",)", "");
  resize(api, "a node that cannot", resources(R"({"limits":{"cpu":"800m"}})"));
  report_running(api, "", R"(,"resources":{"requests":{"cpu":"100m"},"limits":{"cpu":"500m"}})");
}

void resize_without_node(Observer& api) {
  api.post(
      "create on a node that is not there", kPods,
      object_text(
          "v1", "Pod", "c",
          R"("spec":{"nodeName":"no-node","containers":[{"name":"app","image":"i","resources":{"limits":{"cpu":"1"}}}]})"),
      kLooks);
  api.patch("resize there", kPods + "/c/resize",
            {"strategic", resources(R"({"limits":{"cpu":"2"}})")}, kLooks);
}

void resize_amounts(Observer& api) {
  auto dry = kOurs;
  dry.emplace_back("dryRun", "All");
  const auto both = resources(R"({"requests":{"cpu":"200m"},"limits":{"cpu":"1"}})");
  resize(api, "limits", resources(R"({"limits":{"cpu":"800m"}})"));
  resize(api, "both", both);
  resize(api, "the same again", both);
  resize(api, "dry run", resources(R"({"limits":{"cpu":"2"}})"), dry);
  resize(api, "more than its node has",
         resources(R"({"requests":{"cpu":"5"},"limits":{"cpu":"6"}})"));
  resize(api, "a request above its limit", resources(R"({"requests":{"cpu":"3"}})"));
}

void resize_something_else(Observer& api) {
  resize(api, "an image", R"({"spec":{"containers":[{"name":"app","image":"j"}]}})");
  resize(api, "a container that is not there",
         R"({"spec":{"containers":[{"name":"new","resources":{"limits":{"cpu":"1"}}}]}})");
  resize(api, "a limit goes", resources(R"({"limits":{"cpu":null}})"));
  resize(api, "something else than CPU and memory",
         resources(R"({"limits":{"ephemeral-storage":"1Gi"}})"));
  resize(api, "not a quantity", resources(R"({"limits":{"cpu":"fast"}})"));
  resize(api, "below zero", resources(R"({"requests":{"cpu":"-1"}})"));
}

}  // namespace

void play_resize(Observer& api) {
  make_resizable(api);
  resize_without_node(api);
  resize_amounts(api);
  resize_something_else(api);
  api.ask(
      {.name = "JSON patch",
       .method = "PATCH",
       .path = kOne + "/resize",
       .query = kOurs,
       .body = R"([{"op":"add","path":"/spec/containers/0/resources/limits/cpu","value":"900m"}])",
       .type = "json"},
      kLooks);
  const Observer::Patch more{"strategic", resources(R"({"limits":{"cpu":"1"}})")};
  api.patch("resize of nothing", kPods + "/z/resize", more);
  api.post("best effort", kPods, pod("b", "{}"), kLooks);
  api.patch("best effort stays it", kPods + "/b/resize", more, kLooks);
}

}  // namespace kernwise::test
