// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/scenario/scenarios.hpp"

namespace kernwise::test {
namespace {

const std::string kMaps = "/api/v1/namespaces/watches/configmaps";
const std::string kStarts = "/api/v1/namespaces/watch-starts/configmaps";

std::string map(const std::string& name, const std::string& label) {
  return R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":")" + name +
         R"(","labels":{"l":")" + label + R"("}}})";
}

std::string version_of(Observer& api, const std::string& path) {
  return text_at(api.arrange({.path = path}), "/metadata/resourceVersion");
}

void label(Observer& api, const std::string& name, const std::string& value) {
  api.arrange({.method = "PATCH",
               .path = kMaps + "/" + name,
               .body = R"({"metadata":{"labels":{"l":")" + value + "\"}}}",
               .type = "merge"});
}

void stream_list(Observer& api) {
  const Observer::Looks looks{"/metadata/annotations"};
  const Observer::Query streaming{{"sendInitialEvents", "true"},
                                  {"resourceVersionMatch", "NotOlderThan"},
                                  {"allowWatchBookmarks", "true"},
                                  {"labelSelector", "l"}};
  const auto stream = api.watch("streaming list", kStarts, streaming);
  api.events("all and the end of them", *stream, 3, looks);
  api.arrange({.method = "POST", .path = kStarts, .body = map("c", "1")});
  api.events("and what comes after", *stream, 1);
  auto empty = streaming;
  empty.back().second = "none";
  api.events("of nothing", *api.watch("streaming list of nothing", kStarts, empty), 1, looks);
}

void refuse_starts(Observer& api) {
  api.watch("without saying how old", kStarts,
            {{"sendInitialEvents", "true"}, {"allowWatchBookmarks", "true"}});
  api.watch("without bookmarks", kStarts,
            {{"sendInitialEvents", "true"}, {"resourceVersionMatch", "NotOlderThan"}});
  api.watch("a match without a stream", kStarts,
            {{"resourceVersionMatch", "NotOlderThan"}, {"resourceVersion", "0"}});
  api.watch("a version that is none", kStarts, {{"resourceVersion", "x"}});
  api.watch("a selector that is none", kStarts, {{"labelSelector", "a in b"}});
  api.watch("a type nobody knows", "/api/v1/namespaces/watch-starts/things", {});
}

void watch_binding(Observer& api) {
  const auto pods = api.watch("pods of a node", "/api/v1/pods",
                              {{"resourceVersion", version_of(api, "/api/v1/pods")},
                               {"fieldSelector", "spec.nodeName=n5"}});
  api.arrange({.method = "POST",
               .path = "/api/v1/namespaces/watch-starts/pods",
               .body = object_text("v1", "Pod", "p",
                                   R"("spec":{"containers":[{"name":"c","image":"i"}]})")});
  api.arrange(
      {.method = "POST",
       .path = "/api/v1/namespaces/watch-starts/pods/p/binding",
       .body = object_text("v1", "Binding", "p", R"("target":{"kind":"Node","name":"n5"})")});
  api.events("a pod that gets its node comes in", *pods, 1, {"/spec/nodeName"});
}

}  // namespace

void play_watches(Observer& api) {
  const auto from = version_of(api, kMaps);
  const Observer::Looks looks{"/metadata/labels/l"};
  api.arrange({.method = "POST", .path = kMaps, .body = map("a", "1")});
  const auto all = api.watch("from a version", kMaps, {{"resourceVersion", from}});
  const auto some =
      api.watch("with labels", kMaps, {{"resourceVersion", from}, {"labelSelector", "l=1"}});
  const auto named = api.watch("one name", kMaps,
                               {{"resourceVersion", from}, {"fieldSelector", "metadata.name=b"}});
  api.events("what was before the watch began", *all, 1, looks);
  api.arrange({.method = "POST", .path = kMaps, .body = map("b", "1")});
  label(api, "a", "2");
  label(api, "a", "2");
  label(api, "a", "1");
  api.arrange({.method = "DELETE", .path = kMaps + "/b"});
  api.arrange({.method = "POST", .path = kMaps, .body = map("b", "3")});
  api.events("all", *all, 5, looks);
  api.events("in and out of the selection", *some, 5, looks);
  api.events("only that name", *named, 3, looks);
  const auto last = version_of(api, kMaps);
  const auto later = api.watch("from the last list", kMaps, {{"resourceVersion", last}});
  label(api, "a", "9");
  api.events("only what is new", *later, 1, looks);
  const auto future = api.watch(
      "from a version that will come", kMaps,
      {{"resourceVersion", "900000000"}, {"timeoutSeconds", "3"}, {"allowWatchBookmarks", "true"}});
  label(api, "a", "8");
  api.end("nothing until then", *future);
  const auto short_one = api.watch(
      "three seconds with bookmarks", kMaps,
      {{"resourceVersion", last}, {"timeoutSeconds", "3"}, {"allowWatchBookmarks", "true"}});
  api.events("its first event", *short_one, 1, looks);
  api.end("and then", *short_one);
}

void play_watch_starts(Observer& api) {
  for (const auto* name : {"b", "a"})
    api.arrange({.method = "POST", .path = kStarts, .body = map(name, "1")});
  api.events(
      "from anywhere",
      *api.watch("from anywhere", kStarts, {{"resourceVersion", "0"}, {"labelSelector", "l"}}), 2);
  api.events("from now", *api.watch("from now", kStarts, {{"labelSelector", "l"}}), 2);
  const auto old = api.watch("from what is forgotten", kStarts, {{"resourceVersion", "1"}});
  api.events("an event that says so", *old, 1, {"/code"});
  api.end("and then", *old);
  stream_list(api);
  refuse_starts(api);
  watch_binding(api);
}

}  // namespace kernwise::test
