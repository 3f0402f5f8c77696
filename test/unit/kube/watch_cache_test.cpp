// SPDX-License-Identifier: Apache-2.0
#include "common/kube/watch_cache.hpp"

#include <catch2/catch_all.hpp>

#include "common/kube/decode.hpp"
#include "test/fakes/manual_clock.hpp"
#include "test/fakes/scripted_kube.hpp"

namespace kernwise::kube {
namespace {

using namespace std::chrono_literals;
using test::ManualClock;
using test::ScriptedKube;

std::string pod(const std::string& name, int version) {
  return R"({"metadata":{"namespace":"d","name":")" + name + R"(","uid":"u-)" + name +
         R"(","resourceVersion":")" + std::to_string(version) + R"("}})";
}
std::string list(const std::string& items, int version) {
  return R"({"metadata":{"resourceVersion":")" + std::to_string(version) + R"("},"items":[)" +
         items + "]}";
}
std::string event(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}";
}

struct World {
  explicit World(WatchOptions options = {}) {
    options.objects = {.api = "v1", .plural = "pods"};
    options.jitter_seed = 1;
    cache = std::make_unique<WatchCache<Pod>>(kube, clock, options, decode_pod, store);
    clock.advance(1ms);
  }
  /// `a b`, what is in the store.
  [[nodiscard]] std::string kept() const {
    std::string names;
    for (const auto& [key, object] : store.objects()) names += key.substr(2) + " ";
    return names;
  }

  ManualClock clock;
  ScriptedKube kube;
  std::vector<std::string> changes;
  Store<Pod> store{[this](const auto& before, const auto& after) {
    changes.push_back((before ? before->meta.resource_version : "-") + ">" +
                      (after ? after->meta.resource_version : "-"));
  }};
  std::unique_ptr<WatchCache<Pod>> cache;
};

WatchOptions by_pages() {
  return {.tuning = {.streaming = false}};
}

}  // namespace

TEST_CASE("watch cache: the requests it makes", "[kube]") {
  auto options = by_pages();
  options.field_selector = "spec.nodeName=n1";
  options.label_selector = "app";
  World world(options);
  CHECK(target_of(world.kube.requests.at(0)) ==
        "/api/v1/pods?limit=500&resourceVersion=0&fieldSelector=spec.nodeName%3Dn1"
        "&labelSelector=app");
  world.kube.answer(200, list(pod("a", 1), 5));
  const auto watch = target_of(world.kube.watches.at(0)->request);
  CHECK(watch.starts_with(
      "/api/v1/pods?watch=1&resourceVersion=5&allowWatchBookmarks=true&timeoutSeconds="));
  CHECK(watch.ends_with("&fieldSelector=spec.nodeName%3Dn1&labelSelector=app"));
}

TEST_CASE("watch cache: follows, and tells what changed only once", "[kube]") {
  World world(by_pages());
  world.kube.answer(200, list(pod("a", 1) + "," + pod("b", 2), 5));
  CHECK(world.cache->synced());
  auto& watch = *world.kube.watches.at(0);
  watch.line(event("ADDED", pod("c", 6)));
  watch.line(event("MODIFIED", pod("a", 7)));
  watch.line(event("MODIFIED", pod("a", 7)));
  watch.line(event("DELETED", pod("b", 8)));
  CHECK(world.kept() == "a c ");
  CHECK(world.changes == std::vector<std::string>{"->1", "->2", "->6", "1>7", "2>-"});
  world.clock.advance(40s);
  watch.end();
  CHECK(world.kube.watches.at(1)->request.query.at(1).second == "8");
  CHECK(world.cache->counts().lists == 1);
  CHECK(world.cache->counts().watches == 2);
  CHECK(world.cache->counts().events == 4);
  CHECK(world.cache->counts().restarts == 0);
}

TEST_CASE("watch cache: a new list changes what differs, and nothing is missing meanwhile",
          "[kube]") {
  World world(by_pages());
  world.kube.answer(200, list(pod("a", 1) + "," + pod("b", 2) + "," + pod("c", 3), 5));
  world.clock.advance(31s);
  world.kube.watches.at(0)->line(event("ERROR", R"({"code":410,"message":"too old"})"));
  CHECK(world.cache->problem() == "pods: watch: too old");
  CHECK(world.kept() == "a b c ");
  world.changes.clear();
  world.kube.answer(200, list(pod("a", 1) + "," + pod("c", 9) + "," + pod("d", 8), 12));
  CHECK(world.changes == std::vector<std::string>{"3>9", "->8", "2>-"});
  CHECK(world.cache->problem().empty());
}

TEST_CASE("watch cache: a streaming list replaces what was there", "[kube]") {
  World world;
  auto& stream = *world.kube.watches.at(0);
  stream.line(event("ADDED", pod("a", 1)));
  CHECK_FALSE(world.cache->synced());
  stream.line(event(
      "BOOKMARK",
      R"({"metadata":{"resourceVersion":"5","annotations":{"k8s.io/initial-events-end":"true"}}})"));
  CHECK(world.cache->synced());
  CHECK_FALSE(stream.open());
  world.clock.advance(31s);
  world.kube.watches.at(1)->end(Answer{.status = 410, .body = ""});
  auto& again = *world.kube.watches.at(2);
  again.line(event("ADDED", pod("b", 7)));
  CHECK(world.kept() == "a b ");
  again.line(event(
      "BOOKMARK",
      R"({"metadata":{"resourceVersion":"8","annotations":{"k8s.io/initial-events-end":"true"}}})"));
  CHECK(world.kept() == "b ");
}

TEST_CASE("watch cache: what cannot be read is counted, and nothing else happens", "[kube]") {
  World world(by_pages());
  world.kube.answer(200,
                    list(pod("a", 1) + R"(,7,{"metadata":{"name":"x"}},{"a":"a","a":"b"})", 5));
  CHECK(world.cache->synced());
  CHECK(world.kept() == "a ");
  CHECK(world.cache->counts().skipped == 3);
  auto& watch = *world.kube.watches.at(0);
  for (const std::string& line :
       {std::string(), std::string("{"), event("NEW", pod("b", 6)), event("ADDED", "{}"),
        event("MODIFIED", R"({"metadata":{"namespace":"d","name":"a","resourceVersion":"9"}})")}) {
    watch.line(line);
  }
  CHECK(world.cache->counts().skipped == 8);
  CHECK(world.kept() == "a ");
  CHECK(watch.open());
  watch.line(event("ADDED", pod("b", 10)));
  CHECK(world.kept() == "a b ");
}

TEST_CASE("watch cache: is bounded", "[kube]") {
  auto options = by_pages();
  options.most = 2;
  World world(options);
  world.kube.answer(200, list(pod("a", 1) + "," + pod("b", 2) + "," + pod("c", 3), 5));
  CHECK(world.kept() == "a b ");
  world.kube.watches.at(0)->line(event("MODIFIED", pod("a", 6)));
  world.kube.watches.at(0)->line(event("ADDED", pod("d", 7)));
  CHECK(world.kept() == "a b ");
  CHECK(world.store.find("d/a")->meta.resource_version == "6");
  CHECK(world.cache->counts().skipped == 2);
}

TEST_CASE("watch cache: says why it is not kept up", "[kube]") {
  World world(by_pages());
  world.kube.answer(403, R"({"message":"pods is forbidden"})");
  CHECK(world.cache->problem() ==
        "pods: pods is forbidden: status 403: the account may not do this");
  CHECK_FALSE(world.cache->age(world.clock.now()));
  CHECK(world.cache->counts().restarts == 1);
  world.clock.advance(800ms);
  world.kube.answer(Result<Answer>(errno_error(ECONNREFUSED, "connect")));
  CHECK(world.cache->problem() == "pods: connect: Connection refused");
  world.clock.advance(1'600ms);
  world.kube.answer(200, list("", 5));
  CHECK(world.cache->problem().empty());
  world.clock.advance(7s);
  CHECK(world.cache->age(world.clock.now()).value() / 1s == 8);  // since it was asked for
}

TEST_CASE("watch cache: goes away in the middle of anything", "[kube]") {
  World world(by_pages());
  world.cache.reset();
  world.kube.answer(200, list(pod("a", 1), 5));
  CHECK(world.kept().empty());
  CHECK(world.kube.watches.empty());
  CHECK_FALSE(world.clock.next());
}

}  // namespace kernwise::kube
