// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/scenario/scenarios.hpp"

namespace kernwise::test {
namespace {

const std::string kMaps = "/api/v1/namespaces/refusals/configmaps";
const std::string kMap = object_text("v1", "ConfigMap", "a");

void refuse_paths(Observer& api) {
  api.ask({.name = "no token", .path = kMaps, .token = ""});
  api.ask({.name = "no token, one object", .path = kMaps + "/a", .token = ""});
  api.ask({.name = "no token, all namespaces", .path = "/apis/apps/v1/deployments", .token = ""});
  api.ask({.name = "a token nobody knows", .path = kMaps, .token = "wrong"});
  api.get("a type nobody knows", "/api/v1/namespaces/refusals/things");
  api.get("a group nobody knows", "/apis/none.example.com/v1/things");
  api.get("a version nobody knows", "/apis/apps/v9/deployments");
  api.get("no API at all", "/nothing/here");
}

void refuse_bodies(Observer& api) {
  api.post("broken JSON", kMaps, "{\"kind\":");
  api.post("another kind", kMaps, object_text("v1", "Secret", "a"));
  api.post("no kind", kMaps, R"({"metadata":{"name":"kindless"}})", {"/kind", "/metadata/name"});
  api.post("no name", kMaps, R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{}})");
  api.put("PUT without a name in the path", kMaps, kMap);
  api.post("POST to an object", kMaps + "/a", kMap);
}

}  // namespace

void play_refusals(Observer& api) {
  refuse_paths(api);
  refuse_bodies(api);
  api.arrange({.method = "POST", .path = kMaps, .body = kMap});
  api.patch("a patch of no known kind", kMaps + "/a", {"application/json", "{}"});
  api.patch("a patch that is not JSON", kMaps + "/a", {"merge", "{"});
  api.get("a subresource it has not", kMaps + "/a/scale");
  api.remove("delete answers what it did", kMaps + "/a");
  api.post("a name from a prefix", kMaps,
           R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"made-"}})",
           {"/metadata/generateName"});
  api.get("health", "/readyz");
}

}  // namespace kernwise::test
