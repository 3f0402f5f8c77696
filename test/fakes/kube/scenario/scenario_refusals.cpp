// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/scenario/scenarios.hpp"

namespace kernwise::test {
namespace {

const std::string kMaps = "/api/v1/namespaces/refusals/configmaps";

}  // namespace

void play_refusals(Observer& api) {
  api.ask({.name = "no token", .path = kMaps, .token = ""});
  api.ask({.name = "no token, one object", .path = kMaps + "/a", .token = ""});
  api.ask({.name = "no token, all namespaces", .path = "/apis/apps/v1/deployments", .token = ""});
  api.ask({.name = "a token nobody knows", .path = kMaps, .token = "wrong"});
  api.ask({.name = "a type nobody knows", .path = "/api/v1/namespaces/refusals/things"});
  api.ask({.name = "a group nobody knows", .path = "/apis/none.example.com/v1/things"});
  api.ask({.name = "a version nobody knows", .path = "/apis/apps/v9/deployments"});
  api.ask({.name = "no API at all", .path = "/nothing/here"});
  api.ask({.name = "broken JSON", .method = "POST", .path = kMaps, .body = "{\"kind\":"});
  api.ask({.name = "another kind",
           .method = "POST",
           .path = kMaps,
           .body = object_text("v1", "Secret", "a")});
  api.ask({.name = "no kind",
           .method = "POST",
           .path = kMaps,
           .body = R"({"metadata":{"name":"kindless"}})"},
          {"/kind", "/metadata/name"});
  api.ask({.name = "no name",
           .method = "POST",
           .path = kMaps,
           .body = R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{}})"});
  api.ask({.name = "PUT without a name in the path",
           .method = "PUT",
           .path = kMaps,
           .body = object_text("v1", "ConfigMap", "a")});
  api.ask({.name = "POST to an object",
           .method = "POST",
           .path = kMaps + "/a",
           .body = object_text("v1", "ConfigMap", "a")});
  api.arrange({.method = "POST", .path = kMaps, .body = object_text("v1", "ConfigMap", "a")});
  api.ask({.name = "a patch of no known kind",
           .method = "PATCH",
           .path = kMaps + "/a",
           .body = "{}",
           .type = "application/json"});
  api.ask({.name = "a patch that is not JSON",
           .method = "PATCH",
           .path = kMaps + "/a",
           .body = "{",
           .type = "merge"});
  api.ask({.name = "a subresource it has not", .path = kMaps + "/a/scale"});
  api.ask({.name = "delete answers what it did", .method = "DELETE", .path = kMaps + "/a"});
  api.ask({.name = "a name from a prefix",
           .method = "POST",
           .path = kMaps,
           .body = R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"made-"}})"},
          {"/metadata/generateName"});
  api.ask({.name = "health", .path = "/readyz"});
}

}  // namespace kernwise::test
