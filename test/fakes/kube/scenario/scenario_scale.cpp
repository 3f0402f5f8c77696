// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/scenario/scenarios.hpp"

namespace kernwise::test {
namespace {

const std::string kApps = "/apis/apps/v1/namespaces/scale";
const std::string kWeb = kApps + "/deployments/web";
const std::string kScale = kWeb + "/scale";

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

const Observer::Looks kLooks{"/kind", "/apiVersion", "/spec", "/status"};
const Observer::Query kOurs{{"fieldManager", "kernwise"}, {"fieldValidation", "Strict"}};

void patch(Observer& api, const std::string& name, const std::string& body,
           const Observer::Query& query = kOurs) {
  api.ask({.name = name,
           .method = "PATCH",
           .path = kScale,
           .query = query,
           .body = body,
           .type = "merge"},
          kLooks);
}

void patch_scale(Observer& api, const std::string& first) {
  auto dry = kOurs;
  dry.emplace_back("dryRun", "All");
  patch(api, "patch", scale_body(first, "5"));
  patch(api, "patch of an old version", scale_body(first, "6"));
  patch(api, "patch without a version", R"({"spec":{"replicas":4}})");
  patch(api, "the same again", R"({"spec":{"replicas":4}})");
  patch(api, "dry run", R"({"spec":{"replicas":9}})", dry);
  api.get("it changed nothing", kScale, kLooks);
  patch(api, "below zero", R"({"spec":{"replicas":-1}})");
  patch(api, "a field nobody knows", R"({"spec":{"replicas":4,"replica":4}})");
  patch(api, "a text for a number", R"({"spec":{"replicas":"four"}})");
  patch(api, "to zero", R"({"spec":{"replicas":0}})");
  api.get("the object has followed", kWeb, {"/spec/replicas"});
}

void put_scale(Observer& api, const std::string& first) {
  const auto body = [](const std::string& version) {
    return R"({"apiVersion":"autoscaling/v1","kind":"Scale","metadata":{"name":"web","namespace":"scale","resourceVersion":")" +
           version + R"("},"spec":{"replicas":2}})";
  };
  const auto now = api.arrange({.path = kScale});
  api.put("PUT of an old version", kScale, body(first), kLooks);
  api.put("PUT", kScale, body(text_at(now, "/metadata/resourceVersion")), kLooks);
}

void scale_others(Observer& api) {
  api.get("scale of nothing", kApps + "/deployments/none/scale");
  api.patch("patch of nothing", kApps + "/deployments/none/scale",
            {"merge", R"({"spec":{"replicas":1}})"});
  api.arrange(
      {.method = "POST", .path = kApps + "/daemonsets", .body = workload("DaemonSet", "all", "")});
  api.get("scale of what has none", kApps + "/daemonsets/all/scale");
  api.post("a StatefulSet", kApps + "/statefulsets",
           workload("StatefulSet", "db", R"("replicas":3,"serviceName":"db",)"),
           {"/spec/replicas"});
  api.get("scale of a StatefulSet", kApps + "/statefulsets/db/scale", kLooks);
}

}  // namespace

void play_scale(Observer& api) {
  api.post("create", kApps + "/deployments", workload("Deployment", "web", ""), {"/spec/replicas"});
  const auto first = text_at(api.get("get scale", kScale, kLooks), "/metadata/resourceVersion");
  patch_scale(api, first);
  put_scale(api, first);
  scale_others(api);
  api.patch(
      "a status is not a change of the spec", kWeb + "/status",
      {"merge",
       R"({"status":{"replicas":2,"readyReplicas":1,"updatedReplicas":2,"observedGeneration":1}})"},
      {"/status/readyReplicas"});
  api.get("scale shows what runs", kScale, kLooks);
  api.remove("delete", kWeb);
}

}  // namespace kernwise::test
