// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/scenario/scenarios.hpp"

namespace kernwise::test {
namespace {

const std::string kApps = "/apis/apps/v1/namespaces/scale";
const std::string kScale = kApps + "/deployments/web/scale";

std::string workload(const std::string& kind, const std::string& name,
                     const std::string& replicas) {
  return object_text(
      "apps/v1", kind, name,
      R"("spec":{)" + replicas +
          R"("selector":{"matchLabels":{"tier":"t","app":"web"}},"template":{"metadata":{"labels":{"app":"web","tier":"t"}},"spec":{"containers":[{"name":"c","image":"i"}]}}})");
}

std::string scale_body(const std::string& version, const std::string& replicas) {
  return R"({"metadata":{"resourceVersion":")" + version + R"("},"spec":{"replicas":)" + replicas +
         "}}";
}

}  // namespace

void play_scale(Observer& api) {
  const Observer::Looks looks{"/kind", "/apiVersion", "/spec", "/status"};
  const Observer::Query ours{{"fieldManager", "kernwise"}, {"fieldValidation", "Strict"}};
  auto dry = ours;
  dry.emplace_back("dryRun", "All");
  const auto patch = [&](const std::string& name, const Observer::Query& query,
                         const std::string& body) {
    return api.ask({.name = name,
                    .method = "PATCH",
                    .path = kScale,
                    .query = query,
                    .body = body,
                    .type = "merge"},
                   looks);
  };
  api.ask({.name = "create",
           .method = "POST",
           .path = kApps + "/deployments",
           .body = workload("Deployment", "web", "")},
          {"/spec/replicas"});
  const auto scale = api.ask({.name = "get scale", .path = kScale}, looks);
  const auto first = text_at(scale, "/metadata/resourceVersion");
  patch("patch", ours, scale_body(first, "5"));
  patch("patch of an old version", ours, scale_body(first, "6"));
  patch("patch without a version", ours, R"({"spec":{"replicas":4}})");
  patch("the same again", ours, R"({"spec":{"replicas":4}})");
  patch("dry run", dry, R"({"spec":{"replicas":9}})");
  api.ask({.name = "it changed nothing", .path = kScale}, looks);
  patch("below zero", ours, R"({"spec":{"replicas":-1}})");
  patch("a field nobody knows", ours, R"({"spec":{"replicas":4,"replica":4}})");
  patch("a text for a number", ours, R"({"spec":{"replicas":"four"}})");
  patch("to zero", ours, R"({"spec":{"replicas":0}})");
  api.ask({.name = "the object has followed", .path = kApps + "/deployments/web"},
          {"/spec/replicas"});
  const auto now = api.arrange({.path = kScale});
  auto put = [&](const std::string& name, const std::string& version) {
    api.ask(
        {.name = name,
         .method = "PUT",
         .path = kScale,
         .body =
             R"({"apiVersion":"autoscaling/v1","kind":"Scale","metadata":{"name":"web","namespace":"scale","resourceVersion":")" +
             version + R"("},"spec":{"replicas":2}})"},
        looks);
  };
  put("PUT of an old version", first);
  put("PUT", text_at(now, "/metadata/resourceVersion"));
  api.ask({.name = "scale of nothing", .path = kApps + "/deployments/none/scale"});
  api.ask({.name = "patch of nothing",
           .method = "PATCH",
           .path = kApps + "/deployments/none/scale",
           .body = R"({"spec":{"replicas":1}})",
           .type = "merge"});
  api.arrange(
      {.method = "POST", .path = kApps + "/daemonsets", .body = workload("DaemonSet", "all", "")});
  api.ask({.name = "scale of what has none", .path = kApps + "/daemonsets/all/scale"});
  api.ask({.name = "a StatefulSet",
           .method = "POST",
           .path = kApps + "/statefulsets",
           .body = workload("StatefulSet", "db", R"("replicas":3,"serviceName":"db",)")},
          {"/spec/replicas"});
  api.ask({.name = "scale of a StatefulSet", .path = kApps + "/statefulsets/db/scale"}, looks);
  api.ask(
      {.name = "a status is not a change of the spec",
       .method = "PATCH",
       .path = kApps + "/deployments/web/status",
       .body =
           R"({"status":{"replicas":2,"readyReplicas":1,"updatedReplicas":2,"observedGeneration":1}})",
       .type = "merge"},
      {"/status/readyReplicas"});
  api.ask({.name = "scale shows what runs", .path = kScale}, looks);
  api.ask({.name = "delete", .method = "DELETE", .path = kApps + "/deployments/web"});
}

}  // namespace kernwise::test
