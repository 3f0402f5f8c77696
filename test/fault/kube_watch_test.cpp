// SPDX-License-Identifier: Apache-2.0
// Faults A7 to A14 of the API server: the cache is what the server has within 5 s, and lists are at
// most one per 30 s.
#include <boost/asio/io_context.hpp>
#include <catch2/catch_all.hpp>

#include "common/kube/decode.hpp"
#include "common/kube/http_client.hpp"
#include "common/kube/watch_cache.hpp"
#include "test/fakes/kube/direct_client.hpp"
#include "test/fakes/kube/json.hpp"
#include "test/fakes/kube/server.hpp"
#include "test/fakes/manual_clock.hpp"

namespace kernwise::kube {
namespace {

using namespace std::chrono_literals;
using test::ApiFront;
using test::Fault;
using Kind = Fault::Kind;

test::Json config(const std::string& name, const std::string& text = "x") {
  return test::json_of(R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":")" + name +
                       R"(","namespace":"d","labels":{"text":")" + text + R"("}},"spec":{}})");
}

/// `d/a@101 d/b@102`: the objects and their versions, as the server has them.
std::string truth_of(ApiFront& front) {
  std::string text;
  auto& store = front.api().store();
  const auto* const pods = front.api().resources().of_kind("v1", "Pod");
  for (const auto& object : store.list(*pods, "", store.revision())) {
    const auto& metadata = object->at("metadata");
    text.append("d/").append(metadata.at("name").as_string()).append("@");
    text.append(metadata.at("resourceVersion").as_string()).append(" ");
  }
  return text;
}

std::string kept_in(const Store<Pod>& pods) {
  std::string text;
  for (const auto& [key, pod] : pods.objects()) {
    text += key + "@" + pod->meta.resource_version + " ";
  }
  return text;
}

/// A cache of pods beside the fake server in one thread; time passes with `pass` only.
class World {
 public:
  explicit World(bool streaming) {
    front.api().allow_streaming_lists(streaming);
    for (const auto* name : {"a", "b", "c"}) front.api().put(config(name));
    WatchOptions options{.objects = {.api = "v1", .plural = "pods"}, .jitter_seed = 1};
    options.tuning.page = 2;
    cache = std::make_unique<WatchCache<Pod>>(client_, clock, options, decode_pod, pods);
    pass(40s);  // so that a list is allowed again
    front.forget_seen();
  }

  void pass(std::chrono::milliseconds time) {
    for (; time > 0ms; time -= 100ms) {
      clock.advance(100ms);
      wall_ += 100ms;
      front.api().tick();
      io_.restart();
      io_.poll();
    }
  }
  /// Lists that were asked for; the pages that follow the first of one do not count.
  [[nodiscard]] long lists() const {
    return std::ranges::count_if(front.seen(), [](const test::Seen& each) {
      const bool by_watch = !each.parameter("sendInitialEvents").empty();
      return (each.verb == "list" && each.parameter("continue").empty()) || by_watch;
    });
  }

 private:
  boost::asio::io_context io_;
  WallTime wall_{24h};

 public:
  ApiFront front{[this] { return wall_; }};
  test::ManualClock clock;
  Store<Pod> pods;

 private:
  test::DirectClient client_{io_, front};

 public:
  std::unique_ptr<WatchCache<Pod>> cache;  // last: it uses all of the above
};

void change_everything(ApiFront& front) {
  front.api().put(config("a", "new"));
  front.api().remove("v1", "Pod", "d", "b");
  front.api().put(config("d"));
  front.api().put(config("a", "newer"));
}

}  // namespace

TEST_CASE("watch faults: the cache is the truth within 5 s", "[kube][fault]") {
  const bool streaming = GENERATE(true, false);
  const auto [name, fault] = GENERATE_COPY(table<std::string, Fault>({
      {"cut", {.kind = Kind::cut, .verb = "watch", .at = 1}},
      {"cut again and again", {.kind = Kind::cut, .verb = "watch", .times = 2}},
      {"truncated", {.kind = Kind::tear_line, .verb = "watch", .at = 2}},
      {"closed", {.kind = Kind::close, .verb = "watch", .at = 1}},
      {"expired", {.kind = Kind::expire, .verb = "watch", .at = 1}},
      {"repeated", {.kind = Kind::repeat, .verb = "watch", .at = 1}},
      {"out of order", {.kind = Kind::swap, .verb = "watch", .at = 0}},
      {"deletion out of order", {.kind = Kind::swap, .verb = "watch", .at = 1}},
      {"told once more later", {.kind = Kind::older, .verb = "watch", .at = 2}},
      {"garbage",
       {.kind = Kind::garbage, .verb = "watch", .at = 1, .text = "{\"type\":\n<html>\n"}},
      {"refused once", {.verb = "watch", .reply = {.status = 500}}},
      {"too many", {.verb = "watch", .reply = {.status = 429, .retry_after = 1}}},
      {"gone", {.verb = "watch", .reply = {.status = 410}}},
  }));
  CAPTURE(name, streaming);
  World world(streaming);
  REQUIRE(kept_in(world.pods) == truth_of(world.front));
  world.front.add(fault);
  world.front.cut_watches();  // the fault hits the next one
  world.pass(1s);
  change_everything(world.front);
  world.pass(5s);
  CHECK(kept_in(world.pods) == truth_of(world.front));
  CHECK(world.lists() <= 2);  // one, and where streaming broke, the pages instead
}

TEST_CASE("watch faults: what happens while a list is under way", "[kube][fault]") {
  const auto [name, fault] = GENERATE_COPY(table<std::string, Fault>({
      {"410 on the list", {.verb = "list", .reply = {.status = 410}}},
      {"410 on its second page", {.verb = "list", .skip = 1, .reply = {.status = 410}}},
      {"500", {.verb = "list", .times = 2, .reply = {.status = 500}}},
      {"broken off", {.kind = Kind::tear, .verb = "list", .at = 300}},
      {"no answer", {.kind = Kind::lose, .verb = "list"}},
  }));
  CAPTURE(name);
  World world(false);
  world.front.add(fault);
  change_everything(world.front);
  world.front.api().store().compact();
  world.front.cut_watches();
  world.pass(5s);
  CHECK(kept_in(world.pods) == truth_of(world.front));
}

TEST_CASE("watch faults: an object that vanishes between two pages", "[kube][fault]") {
  World world(false);
  world.front.add({.kind = Kind::hold, .verb = "list", .skip = 1});
  world.front.add({.verb = "watch", .reply = {.status = 410}});
  world.front.cut_watches();
  world.pass(2s);
  REQUIRE(world.front.held() == 1);
  world.front.api().remove("v1", "Pod", "d", "c");
  world.front.release();
  world.pass(5s);
  CHECK(kept_in(world.pods) == truth_of(world.front));
}

TEST_CASE("watch faults: versions that go back are noticed by the next bookmark", "[kube][fault]") {
  World world(GENERATE(true, false));
  const auto before = world.front.api().store().revision();
  change_everything(world.front);
  world.pass(1s);
  world.front.api().store().restore(before);
  world.front.api().send_bookmarks();
  world.pass(5s);
  CHECK(kept_in(world.pods) == truth_of(world.front));
}

TEST_CASE("watch faults: an object of 3 MiB is one like others", "[kube][fault]") {
  World world(GENERATE(true, false));
  auto large = config("large");
  large.at("metadata").as_object()["annotations"] = {{"note", std::string(3UL << 20U, 'x')}};
  world.front.api().put(large);
  world.pass(1s);
  CHECK(kept_in(world.pods) == truth_of(world.front));
  CHECK(world.pods.find("d/large")->meta.annotations.empty());
  CHECK(world.cache->counts().skipped == 0);
}

TEST_CASE("watch faults: a storm of 410s brings one list per 30 s", "[kube][fault]") {
  World world(GENERATE(true, false));
  const auto before = world.cache->counts().lists;
  for (int second = 0; second < 300; ++second) {
    world.front.api().put(config("a", "v" + std::to_string(second)));
    world.front.api().store().compact();
    world.front.add({.verb = "watch", .path = "/pods", .reply = {.status = 410}});
    world.front.cut_watches();
    world.pass(1s);
    world.front.clear_faults();
  }
  const auto lists = world.cache->counts().lists - before;
  CHECK(lists >= 1);
  CHECK(lists <= 10);  // 300 s / 30 s
}

TEST_CASE("watch faults: over sockets, through an outage and a new certificate", "[kube][fault]") {
  test::FakeApiServer server;
  boost::asio::io_context io;
  const auto clock = clock_of(io);
  Access access{.tls = {.ca_file = server.ca_file()}, .token = "admin"};
  access.origin = http::parse_url(server.url()).value();
  HttpKubeClient client(io, access);
  Store<Pod> pods;
  WatchOptions options{.objects = {.api = "v1", .plural = "pods"}};
  options.tuning.first_backoff = options.tuning.last_backoff = 10ms;
  options.tuning.relist = 10ms;
  const WatchCache<Pod> cache(client, *clock, options, decode_pod, pods);
  const auto put = [&](const std::string& name) {
    server.with([&](ApiFront& front) { front.api().put(config(name)); });
  };
  const auto arrives = [&](const std::string& name) {
    const auto deadline = Monotonic::now() + 60s;
    while (pods.find("d/" + name) == nullptr && Monotonic::now() < deadline) {
      io.restart();
      io.run_one_for(10ms);
    }
    return pods.find("d/" + name) != nullptr;
  };
  put("first");
  REQUIRE(arrives("first"));
  for (const auto kind : {Kind::cut, Kind::tear_line, Kind::close, Kind::expire}) {
    CAPTURE(static_cast<int>(kind));
    server.with([&](ApiFront& front) {
      front.add({.kind = kind, .verb = "watch"});
      front.cut_watches();
    });
    put("after-" + std::to_string(static_cast<int>(kind)));
    REQUIRE(arrives("after-" + std::to_string(static_cast<int>(kind))));
  }
  server.stop();
  while (cache.problem().empty()) io.run_one_for(10ms);
  server.start();
  put("last");
  REQUIRE(arrives("last"));
}

}  // namespace kernwise::kube
