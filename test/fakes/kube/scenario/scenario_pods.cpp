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

const std::string kOne = kWrites + "/a";

void refuse_creations(Observer& api) {
  api.post("create it again", kPods, pod("a"));
  api.post("create with a bad name", kPods, pod("A_b"));
  api.post("create with a version", kPods, with_version("b", "5"));
  api.post("create in a namespace that is not there", "/api/v1/namespaces/nowhere/pods", pod("a"));
  api.post("create in another namespace than the path's", kPods,
           R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"b","namespace":"default"},)" +
               kSpec + "}");
}

void dry_run(Observer& api) {
  const Observer::Query dry{{"dryRun", "All"}};
  api.ask(
      {.name = "dry-run create", .method = "POST", .path = kPods, .query = dry, .body = pod("b")},
      {"/metadata/resourceVersion", "/metadata/name"});
  api.get("nothing was made", kPods + "/b");
  api.ask({.name = "dry-run delete", .method = "DELETE", .path = kPods + "/a", .query = dry},
          {"/kind"});
  api.get("it is still there", kPods + "/a");
}

void delete_waiting(Observer& api) {
  api.ask({.name = "delete with another uid",
           .method = "DELETE",
           .path = kPods + "/a",
           .body = R"({"kind":"DeleteOptions","apiVersion":"v1","preconditions":{"uid":"x"}})"});
  api.remove("delete", kPods + "/a", {"/kind", "/metadata/name"});
  api.remove("delete again", kPods + "/a");
}

void delete_placed(Observer& api) {
  const auto one = kPods + "/placed";
  api.arrange({.method = "POST",
               .path = kPods,
               .body = object_text("v1", "Pod", "placed",
                                   kSpec.substr(0, kSpec.size() - 1) + R"(,"nodeName":"n9"})")});
  api.remove("delete a pod that has a node", one,
             {"/kind", "/metadata/deletionGracePeriodSeconds"});
  api.get("it goes on, and is to be deleted", one, {"/metadata/deletionGracePeriodSeconds"});
  api.ask({.name = "delete at once",
           .method = "DELETE",
           .path = one,
           .query = {{"gracePeriodSeconds", "0"}}},
          {"/kind"});
  api.get("now it is gone", one);
}

void patch_labels(Observer& api, const std::string& first) {
  const Observer::Looks labels{"/metadata/labels"};
  const Observer::Patch some{"merge", R"({"metadata":{"labels":{"x":"1"}}})"};
  api.patch("merge patch of a label", kOne, some, labels);
  api.patch("the same again changes nothing", kOne, some, labels);
  api.patch("null takes a label away", kOne,
            {"strategic", R"({"metadata":{"labels":{"x":null,"y":"2"}}})"}, labels);
  api.patch("JSON patch", kOne,
            {"json", R"([{"op":"add","path":"/metadata/labels/z","value":"3"}])"}, labels);
  api.patch("JSON patch whose test fails", kOne,
            {"json", R"([{"op":"test","path":"/metadata/labels/z","value":"4"}])"});
  api.patch("patch of an old version", kOne,
            {"merge", R"({"metadata":{"resourceVersion":")" + first + R"(","labels":{"x":"9"}}})"});
  api.ask({.name = "dry-run patch",
           .method = "PATCH",
           .path = kOne,
           .query = {{"dryRun", "All"}},
           .body = R"({"metadata":{"labels":{"x":"9"}}})",
           .type = "merge"},
          labels);
  api.get("it changed nothing", kOne, labels);
}

void patch_status(Observer& api) {
  const auto status = kOne + "/status";
  api.patch("patch of the status through the object", kOne,
            {"merge", R"({"status":{"phase":"Running"}})"}, {"/status/phase"});
  api.patch("patch of the status", status,
            {"merge", R"({"status":{"phase":"Running"},"metadata":{"labels":{"q":"1"}}})"},
            {"/status/phase", "/metadata/labels"});
  const auto conditions = [&](const std::string& name, const std::string& list,
                              const Observer::Looks& looks) {
    api.patch(name, status, {"strategic", R"({"status":{"conditions":[)" + list + "]}}"}, looks);
  };
  conditions("strategic patch of conditions", R"({"type":"Ready","status":"True"})",
             {"/status/conditions/0/type", "/status/conditions/0/status"});
  conditions("another condition is added",
             R"({"type":"Odd","status":"False"},{"type":"Ready","status":"False"})",
             {"/status/conditions/0/type", "/status/conditions/0/status",
              "/status/conditions/1/type", "/status/conditions/2/type"});
  conditions(
      "and one more", R"({"type":"New","status":"True"})",
      {"/status/conditions/0/type", "/status/conditions/1/type", "/status/conditions/2/type"});
}

void refuse_writes(Observer& api, const std::string& first) {
  api.patch("patch of resources through the object", kOne,
            {"strategic",
             R"({"spec":{"containers":[{"name":"app","resources":{"requests":{"cpu":"2"}}}]}})"},
            {"/metadata/name"});
  api.patch("patch of one that is not there", kWrites + "/z", {"merge", "{}"});
  api.patch("patch of another uid", kOne, {"merge", R"({"metadata":{"uid":"other"}})"});
  api.put("PUT of an old version", kOne, with_version("a", first));
  api.put("PUT of another name", kOne, pod("b"));
  api.put("PUT of one that is not there", kWrites + "/z", pod("z"));
}

}  // namespace

void play_pods(Observer& api) {
  const Observer::Looks basic{"/kind", "/apiVersion", "/metadata/name", "/status/phase"};
  api.post("create", kPods, pod("a"), basic);
  api.get("get", kPods + "/a", basic);
  api.get("get one that is not there", kPods + "/z");
  refuse_creations(api);
  dry_run(api);
  delete_waiting(api);
  delete_placed(api);
}

void play_pod_writes(Observer& api) {
  const auto made = api.arrange({.method = "POST", .path = kWrites, .body = pod("a")});
  const auto first = text_at(made, "/metadata/resourceVersion");
  api.get("get", kOne);
  patch_labels(api, first);
  patch_status(api);
  refuse_writes(api, first);
}

}  // namespace kernwise::test
