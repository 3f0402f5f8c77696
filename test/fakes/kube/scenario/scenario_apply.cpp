// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/scenario/scenarios.hpp"

namespace kernwise::test {
namespace {

const std::string kMaps = "/api/v1/namespaces/apply/configmaps";
const std::string kDefinitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const std::string kThings = "/apis/scenario.kernwise.io/v1/namespaces/custom/things";

constexpr const char* kDefinition = R"({"apiVersion":"apiextensions.k8s.io/v1",
  "kind":"CustomResourceDefinition","metadata":{"name":"things.scenario.kernwise.io"},
  "spec":{"group":"scenario.kernwise.io","scope":"Namespaced",
  "names":{"plural":"things","singular":"thing","kind":"Thing"},
  "versions":[{"name":"v1","served":true,"storage":true,"subresources":{"status":{}},
  "schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}})";

std::string data(const std::string& content) {
  return object_text("v1", "ConfigMap", "a", R"("data":{)" + content + "}");
}

}  // namespace

void play_apply(Observer& api) {
  const Observer::Looks looks{"/data", "/metadata/managedFields/0/manager",
                              "/metadata/managedFields/1/manager"};
  const auto apply = [&](const std::string& name, const std::string& who,
                         const std::string& content, bool force = false) {
    Observer::Query query{{"fieldManager", who}};
    if (force) query.emplace_back("force", "true");
    api.ask({.name = name,
             .method = "PATCH",
             .path = kMaps + "/a",
             .query = query,
             .body = data(content),
             .type = "apply"},
            looks);
  };
  apply("makes it", "one", R"("x":"1","y":"1")");
  apply("the same again", "one", R"("x":"1","y":"1")");
  apply("a field of its own", "two", R"("z":"2")");
  apply("the same value is shared", "two", R"("z":"2","y":"1")");
  apply("another value is a conflict", "two", R"("z":"2","x":"2")");
  apply("by force", "two", R"("z":"2","x":"2")", true);
  apply("what it leaves out goes", "one", R"("y":"1")");
  apply("now nobody else wants it", "two", R"("x":"2")");
  api.patch("without saying who", kMaps + "/a", {"apply", data(R"("x":"1")")});
  api.ask({.name = "of another name",
           .method = "PATCH",
           .path = kMaps + "/b",
           .query = {{"fieldManager", "one"}},
           .body = data(R"("x":"1")"),
           .type = "apply"});
  api.ask({.name = "an update takes a field over",
           .method = "PATCH",
           .path = kMaps + "/a",
           .query = {{"fieldManager", "editor"}},
           .body = R"({"data":{"x":"5"}})",
           .type = "merge"},
          {"/data"});
  apply("and then there is a conflict", "two", R"("x":"2")");
}

void play_custom(Observer& api) {
  api.arrange({.method = "POST", .path = kDefinitions, .body = kDefinition});
  // The real server needs a moment until it serves them.
  for (int tries = 0; tries < 300; ++tries)
    if (text_at(api.arrange({.path = kThings}), "/kind") == "ThingList") break;
  const auto thing = object_text("scenario.kernwise.io/v1", "Thing", "t",
                                 R"("spec":{"a":[1,2]},"status":{"s":1})");
  const Observer::Looks looks{"/spec", "/status"};
  const auto one = kThings + "/t";
  api.get("list", kThings, {"/kind", "/apiVersion", "names"});
  api.post("create", kThings, thing, looks);
  api.patch("status", one + "/status", {"merge", R"({"status":{"s":2,"l":[1]},"spec":{"a":[9]}})"},
            looks);
  api.patch("the same status again", one + "/status", {"merge", R"({"status":{"s":2}})"}, looks);
  api.patch("spec", one, {"merge", R"({"spec":{"a":[3]},"status":{"s":7}})"}, looks);
  api.patch("lists are replaced whole", one + "/status",
            {"merge", R"({"status":{"l":[{"type":"A"}]}})"}, looks);
  api.patch("no strategic merge", one, {"strategic", R"({"spec":{"a":[4]}})"}, looks);
  const auto watch = api.watch("watch", kThings, {{"resourceVersion", "0"}});
  api.events("watched", *watch, 1, looks);
  api.ask({.name = "server-side apply",
           .method = "PATCH",
           .path = one + "/status",
           .query = {{"fieldManager", "kernwise"}, {"force", "true"}},
           .body = object_text("scenario.kernwise.io/v1", "Thing", "t", R"("status":{"s":5})"),
           .type = "apply"},
          looks);
  api.events("applied", *watch, 1, looks);
  api.remove("delete", one, {"/kind"});
  api.events("deleted", *watch, 1);
}

}  // namespace kernwise::test
