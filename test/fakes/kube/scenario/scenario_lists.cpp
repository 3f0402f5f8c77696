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

const Observer::Looks kLooks{"/kind", "names"};

Json list(Observer& api, const std::string& name, const Observer::Query& query) {
  return api.ask({.name = name, .path = kMaps, .query = query}, kLooks);
}

void list_pages(Observer& api) {
  const Observer::Query two{{"labelSelector", "all"}, {"limit", "2"}};
  const auto after = [&](const Json& page) {
    auto query = two;
    query.emplace_back("continue", text_at(page, "/metadata/continue"));
    return query;
  };
  const auto first = list(api, "first page", two);
  api.ask({.name = "a page of all says how many remain", .path = kMaps, .query = {{"limit", "2"}}},
          {"/metadata/remainingItemCount"});
  api.arrange({.method = "DELETE", .path = kMaps + "/d"});
  api.arrange({.method = "POST", .path = kMaps, .body = object_text("v1", "ConfigMap", "cc")});
  const auto second = list(api, "second page is of the same moment", after(first));
  list(api, "last page", after(second));
  list(api, "from the cache there are no pages",
       {{"labelSelector", "all"}, {"limit", "2"}, {"resourceVersion", "0"}});
  list(api, "no page at all", {{"continue", "garbage"}});
  list(api, "a page and a version",
       {{"limit", "2"},
        {"continue", text_at(first, "/metadata/continue")},
        {"resourceVersion", "5"}});
}

void list_selected(Observer& api) {
  list(api, "one label", {{"labelSelector", "n=a"}});
  list(api, "another label", {{"labelSelector", "n!=a,all"}});
  list(api, "a set of labels", {{"labelSelector", "n in (a,b,x),all"}});
  list(api, "without a label", {{"labelSelector", "!all,n notin (x)"}});
  list(api, "no selector", {{"labelSelector", "a in b"}});
  list(api, "by name", {{"fieldSelector", "metadata.name=b"}});
  list(api, "by a field it has not", {{"fieldSelector", "spec.nodeName=n"}});
}

void list_pods(Observer& api) {
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
          kLooks);
  api.ask({.name = "pods that wait",
           .path = kPods,
           .query = {{"fieldSelector", "status.phase!=Running,spec.nodeName!=n1"}}},
          kLooks);
}

}  // namespace

void play_lists(Observer& api) {
  make_maps(api);
  list(api, "all, in order", {{"labelSelector", "all"}});
  api.get("items have no type of their own", kMaps, {"/items/0/kind", "/items/0/apiVersion"});
  list_pages(api);
  list_selected(api);
  list(api, "a version that will come",
       {{"resourceVersion", "900000000"}, {"resourceVersionMatch", "NotOlderThan"}});
  list(api, "an exact version without pages", {{"resourceVersionMatch", "Exact"}});
  list(api, "a version that is none", {{"resourceVersion", "x"}});
  list_pods(api);
}

}  // namespace kernwise::test
