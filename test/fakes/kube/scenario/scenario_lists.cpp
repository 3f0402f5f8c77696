// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/scenario/scenarios.hpp"

namespace kernwise::test {
namespace {

const std::string kMaps = "/api/v1/namespaces/lists/configmaps";
const std::string kPods = "/api/v1/namespaces/lists/pods";

void make_maps(Observer& api) {
  for (const auto* name : {"c", "a", "b", "d", "e"})
    api.arrange({.method = "POST",
                 .path = kMaps,
                 .body = R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":")" +
                         std::string(name) + R"(","labels":{"n":")" + name + R"(","all":""}}})"});
}

}  // namespace

void play_lists(Observer& api) {
  make_maps(api);
  const Observer::Looks looks{"/kind", "names"};
  const auto list = [&](const std::string& name, const Observer::Query& query) {
    return api.ask({.name = name, .path = kMaps, .query = query}, looks);
  };
  list("all, in order", {{"labelSelector", "all"}});
  api.ask({.name = "items have no type of their own", .path = kMaps},
          {"/items/0/kind", "/items/0/apiVersion"});
  const auto pages = list("first page", {{"labelSelector", "all"}, {"limit", "2"}});
  const auto next = text_at(pages, "/metadata/continue");
  api.ask({.name = "a page of all says how many remain", .path = kMaps, .query = {{"limit", "2"}}},
          {"/metadata/remainingItemCount"});
  api.arrange({.method = "DELETE", .path = kMaps + "/d"});
  api.arrange({.method = "POST", .path = kMaps, .body = object_text("v1", "ConfigMap", "cc")});
  const auto rest = list("second page is of the same moment",
                         {{"labelSelector", "all"}, {"limit", "2"}, {"continue", next}});
  list("last page", {{"labelSelector", "all"},
                     {"limit", "2"},
                     {"continue", text_at(rest, "/metadata/continue")}});
  list("from the cache there are no pages",
       {{"labelSelector", "all"}, {"limit", "2"}, {"resourceVersion", "0"}});
  list("no page at all", {{"continue", "garbage"}});
  list("a page and a version", {{"limit", "2"}, {"continue", next}, {"resourceVersion", "5"}});
  list("one label", {{"labelSelector", "n=a"}});
  list("another label", {{"labelSelector", "n!=a,all"}});
  list("a set of labels", {{"labelSelector", "n in (a,b,x),all"}});
  list("without a label", {{"labelSelector", "!all,n notin (x)"}});
  list("no selector", {{"labelSelector", "a in b"}});
  list("by name", {{"fieldSelector", "metadata.name=b"}});
  list("by a field it has not", {{"fieldSelector", "spec.nodeName=n"}});
  list("a version that will come",
       {{"resourceVersion", "900000000"}, {"resourceVersionMatch", "NotOlderThan"}});
  list("an exact version without pages", {{"resourceVersionMatch", "Exact"}});
  list("a version that is none", {{"resourceVersion", "x"}});
  for (const auto& [name, node] : {std::pair("p1", "n1"), std::pair("p2", "n2")})
    api.arrange(
        {.method = "POST",
         .path = kPods,
         .body = object_text("v1", "Pod", name,
                             R"("spec":{"containers":[{"name":"c","image":"i"}],"nodeName":")" +
                                 std::string(node) + "\"}")});
  api.ask({.name = "pods of a node",
           .path = "/api/v1/pods",
           .query = {{"fieldSelector", "spec.nodeName=n1"}}},
          looks);
  api.ask({.name = "pods that wait",
           .path = kPods,
           .query = {{"fieldSelector", "status.phase!=Running,spec.nodeName!=n1"}}},
          looks);
}

}  // namespace kernwise::test
