// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/scenario/scenarios.hpp"

namespace kernwise::test {
namespace {

const std::string kPods = "/api/v1/namespaces/pods/pods";
const std::string kWrites = "/api/v1/namespaces/pod-writes/pods";
const std::string kSpec =
    R"("spec":{"containers":[{"name":"app","image":"i","resources":{"requests":{"cpu":"100m"}}}]})";

std::string pod(const std::string& name) {
  return object_text("v1", "Pod", name, kSpec);
}

std::string with_version(const std::string& name, const std::string& version) {
  return R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":")" + name +
         R"(","resourceVersion":")" + version + R"("},)" + kSpec + "}";
}

}  // namespace

void play_pods(Observer& api) {
  const Observer::Looks basic{"/kind", "/apiVersion", "/metadata/name", "/status/phase"};
  api.ask({.name = "create", .method = "POST", .path = kPods, .body = pod("a")}, basic);
  api.ask({.name = "get", .path = kPods + "/a"}, basic);
  api.ask({.name = "get one that is not there", .path = kPods + "/z"});
  api.ask({.name = "create it again", .method = "POST", .path = kPods, .body = pod("a")});
  api.ask({.name = "create with a bad name", .method = "POST", .path = kPods, .body = pod("A_b")});
  api.ask({.name = "create with a version",
           .method = "POST",
           .path = kPods,
           .body = with_version("b", "5")});
  api.ask({.name = "create in a namespace that is not there",
           .method = "POST",
           .path = "/api/v1/namespaces/nowhere/pods",
           .body = pod("a")});
  api.ask(
      {.name = "create in another namespace than the path's",
       .method = "POST",
       .path = kPods,
       .body = R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"b","namespace":"default"},)" +
               kSpec + "}"});
  api.ask({.name = "dry-run create",
           .method = "POST",
           .path = kPods,
           .query = {{"dryRun", "All"}},
           .body = pod("b")},
          {"/metadata/resourceVersion", "/metadata/name"});
  api.ask({.name = "nothing was made", .path = kPods + "/b"});
  api.ask({.name = "dry-run delete",
           .method = "DELETE",
           .path = kPods + "/a",
           .query = {{"dryRun", "All"}}},
          {"/kind"});
  api.ask({.name = "it is still there", .path = kPods + "/a"});
  api.ask({.name = "delete with another uid",
           .method = "DELETE",
           .path = kPods + "/a",
           .body = R"({"kind":"DeleteOptions","apiVersion":"v1","preconditions":{"uid":"x"}})"});
  api.ask({.name = "delete", .method = "DELETE", .path = kPods + "/a"},
          {"/kind", "/metadata/name"});
  api.ask({.name = "delete again", .method = "DELETE", .path = kPods + "/a"});
  api.arrange({.method = "POST",
               .path = kPods,
               .body = object_text("v1", "Pod", "placed",
                                   kSpec.substr(0, kSpec.size() - 1) + R"(,"nodeName":"n9"})")});
  api.ask({.name = "delete a pod that has a node", .method = "DELETE", .path = kPods + "/placed"},
          {"/kind", "/metadata/deletionGracePeriodSeconds"});
  api.ask({.name = "it goes on, and is to be deleted", .path = kPods + "/placed"},
          {"/metadata/deletionGracePeriodSeconds"});
  api.ask({.name = "delete at once",
           .method = "DELETE",
           .path = kPods + "/placed",
           .query = {{"gracePeriodSeconds", "0"}}},
          {"/kind"});
  api.ask({.name = "now it is gone", .path = kPods + "/placed"});
}

void play_pod_writes(Observer& api) {
  const auto one = kWrites + "/a";
  const auto made = api.arrange({.method = "POST", .path = kWrites, .body = pod("a")});
  const auto first = text_at(made, "/metadata/resourceVersion");
  const Observer::Looks labels{"/metadata/labels"};
  api.ask({.name = "get", .path = one});
  api.ask({.name = "merge patch of a label",
           .method = "PATCH",
           .path = one,
           .body = R"({"metadata":{"labels":{"x":"1"}}})",
           .type = "merge"},
          labels);
  api.ask({.name = "the same again changes nothing",
           .method = "PATCH",
           .path = one,
           .body = R"({"metadata":{"labels":{"x":"1"}}})",
           .type = "merge"},
          labels);
  api.ask({.name = "null takes a label away",
           .method = "PATCH",
           .path = one,
           .body = R"({"metadata":{"labels":{"x":null,"y":"2"}}})",
           .type = "strategic"},
          labels);
  api.ask({.name = "JSON patch",
           .method = "PATCH",
           .path = one,
           .body = R"([{"op":"add","path":"/metadata/labels/z","value":"3"}])",
           .type = "json"},
          labels);
  api.ask({.name = "JSON patch whose test fails",
           .method = "PATCH",
           .path = one,
           .body = R"([{"op":"test","path":"/metadata/labels/z","value":"4"}])",
           .type = "json"});
  api.ask({.name = "patch of an old version",
           .method = "PATCH",
           .path = one,
           .body = R"({"metadata":{"resourceVersion":")" + first + R"(","labels":{"x":"9"}}})",
           .type = "merge"});
  api.ask({.name = "dry-run patch",
           .method = "PATCH",
           .path = one,
           .query = {{"dryRun", "All"}},
           .body = R"({"metadata":{"labels":{"x":"9"}}})",
           .type = "merge"},
          labels);
  api.ask({.name = "it changed nothing", .path = one}, labels);
  api.ask({.name = "patch of the status through the object",
           .method = "PATCH",
           .path = one,
           .body = R"({"status":{"phase":"Running"}})",
           .type = "merge"},
          {"/status/phase"});
  api.ask({.name = "patch of the status",
           .method = "PATCH",
           .path = one + "/status",
           .body = R"({"status":{"phase":"Running"},"metadata":{"labels":{"q":"1"}}})",
           .type = "merge"},
          {"/status/phase", "/metadata/labels"});
  api.ask({.name = "strategic patch of conditions",
           .method = "PATCH",
           .path = one + "/status",
           .body = R"({"status":{"conditions":[{"type":"Ready","status":"True"}]}})",
           .type = "strategic"},
          {"/status/conditions/0/type", "/status/conditions/0/status"});
  api.ask(
      {.name = "another condition is added",
       .method = "PATCH",
       .path = one + "/status",
       .body =
           R"({"status":{"conditions":[{"type":"Odd","status":"False"},{"type":"Ready","status":"False"}]}})",
       .type = "strategic"},
      {"/status/conditions/0/type", "/status/conditions/0/status", "/status/conditions/1/type",
       "/status/conditions/2/type"});
  api.ask({.name = "and one more",
           .method = "PATCH",
           .path = one + "/status",
           .body = R"({"status":{"conditions":[{"type":"New","status":"True"}]}})",
           .type = "strategic"},
          {"/status/conditions/0/type", "/status/conditions/1/type", "/status/conditions/2/type"});
  api.ask(
      {.name = "patch of resources through the object",
       .method = "PATCH",
       .path = one,
       .body = R"({"spec":{"containers":[{"name":"app","resources":{"requests":{"cpu":"2"}}}]}})",
       .type = "strategic"},
      {"/metadata/name"});
  api.ask({.name = "patch of one that is not there",
           .method = "PATCH",
           .path = kWrites + "/z",
           .body = "{}",
           .type = "merge"});
  api.ask({.name = "patch of another uid",
           .method = "PATCH",
           .path = one,
           .body = R"({"metadata":{"uid":"other"}})",
           .type = "merge"});
  api.ask({.name = "PUT of an old version",
           .method = "PUT",
           .path = one,
           .body = with_version("a", first)});
  api.ask({.name = "PUT of another name", .method = "PUT", .path = one, .body = pod("b")});
  api.ask({.name = "PUT of one that is not there",
           .method = "PUT",
           .path = kWrites + "/z",
           .body = pod("z")});
}

}  // namespace kernwise::test
