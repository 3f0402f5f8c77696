// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>

#include <catch2/catch_all.hpp>
#include <random>

#include "common/kube/decode.hpp"
#include "common/kube/watch_cache.hpp"
#include "test/fakes/manual_clock.hpp"
#include "test/unit/kube/watched_server.hpp"

namespace kernwise::kube {
namespace {

using namespace std::chrono_literals;
using test::ManualClock;
using test::ScriptedKube;

/// A cache of a server that lies, and time that the test owns.
struct Fixture {
  explicit Fixture(unsigned seed, bool streaming) {
    server.streaming = streaming;
    WatchOptions options{.objects = {.api = "v1", .plural = "namespaces"}, .jitter_seed = seed};
    options.tuning.page = 3;
    cache = std::make_unique<WatchCache<Namespace>>(kube, clock, options, decode_namespace, store);
  }

  /// Time passes, and the server answers after each bit of it.
  void pass(std::chrono::milliseconds time) {
    for (; time > 0ms; time -= 500ms) {
      clock.advance(std::min(time, 500ms));
      server.serve();
    }
  }
  [[nodiscard]] std::map<std::string, long> kept() const {
    std::map<std::string, long> objects;
    for (const auto& [key, object] : store.objects()) {
      objects[key] = std::stol(object->meta.resource_version);
    }
    return objects;
  }
  /// What a client can only learn in time: the server tells how far it is before it is that far
  /// again.
  void pass_with_bookmarks() {
    for (int i = 0; i < 90; ++i) {
      pass(500ms);
      server.bookmark(server.version());
    }
  }
  /// When lists were completed.
  void note_lists() {
    if (cache->counts().lists != lists) {
      lists = cache->counts().lists;
      listed.push_back(clock.now());
    }
  }

  ManualClock clock;
  ScriptedKube kube;
  WatchedServer server{kube};
  Store<Namespace> store;
  std::unique_ptr<WatchCache<Namespace>> cache;
  std::uint64_t lists = 0;
  std::vector<MonoTime> listed;
};

std::string any_name() {
  return "n" + std::to_string(*rc::gen::inRange(0, 8));
}

void any_fault(Fixture& world) {
  auto& server = world.server;
  switch (*rc::gen::inRange(0, 12)) {
    case 0:
      return server.end_watches();
    case 1:
      return server.end_watches(errno_error(ECONNRESET, "cut"));
    case 2:
      return server.compact();
    case 3:
      server.next_status = *rc::gen::element(410, 429, 500, 503, 504, 401, 404);
      return;
    case 4:
      return server.repeat({0, 1, 2});
    case 5:
      return server.repeat({2, 0, 1, 0});
    case 6:
      return server.send(*rc::gen::element<std::string>("", "{", "[]", R"({"type":"ADDED"})",
                                                        R"({"type":"NEW","object":{}})"));
    case 7:
      server.serve();
      return server.bookmark(server.version());
    case 8:
      server.serve();
      server.bookmark(server.version() + *rc::gen::inRange(1, 50));
      return world.pass_with_bookmarks();
    case 9:
      server.restore(*rc::gen::inRange(1, 20));
      return world.pass_with_bookmarks();
    case 10:
      return server.send(R"({"type":"ERROR","object":{"kind":"Status","code":500}})");
    default:
      return server.serve_reversed();
  }
}

void any_step(Fixture& world) {
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      return world.server.put(any_name());
    case 1:
      return world.server.remove(any_name());
    case 2:
      return any_fault(world);
    default:
      return world.pass(*rc::gen::element(0ms, 1ms, 900ms, 5'000ms, 31'000ms, 60'000ms));
  }
}

void shake(Fixture& world) {
  const int steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    any_step(world);
    world.note_lists();
  }
}

/// From now on all is well, for 35 s.
void heal(Fixture& world) {
  world.server.next_status = 0;
  world.server.put("last");
  for (int i = 0; i < 70; ++i) {
    world.pass(500ms);
    world.server.bookmark(world.server.version());
    world.note_lists();
  }
}

/// At least a minute in which each watch is told that its version is too old.
void storm(Fixture& world, unsigned seed) {
  std::mt19937 random(seed);
  for (int i = 0; i < 600; ++i) {
    world.pass(std::chrono::milliseconds(100 + random() % 400));
    world.server.put("n" + std::to_string(random() % 8));
    world.server.compact();
    if (random() % 3 == 0) world.server.end_watches(Answer{.status = 410, .body = ""});
    world.note_lists();
  }
}

[[nodiscard]] Monotonic::duration least_gap(const std::vector<MonoTime>& times) {
  auto least = Monotonic::duration::max();
  for (std::size_t i = 1; i < times.size(); ++i) least = std::min(least, times[i] - times[i - 1]);
  return least;
}

}  // namespace

TEST_CASE("watch cache: is what the server has, whatever went wrong", "[kube]") {
  REQUIRE(rc::check("cache == truth within 35 s after the last fault", [](unsigned seed) {
    Fixture world(seed, *rc::gen::arbitrary<bool>());
    shake(world);
    heal(world);
    RC_ASSERT(world.cache->synced());
    RC_ASSERT(world.kept() == world.server.truth());
    RC_ASSERT(*world.cache->age(world.clock.now()) <= 1s);
  }));
}

TEST_CASE("watch cache: a storm of 410s brings at most one list per 30 s", "[kube]") {
  REQUIRE(rc::check("lists are 30 s apart", [](unsigned seed) {
    Fixture world(seed, *rc::gen::arbitrary<bool>());
    storm(world, seed);
    RC_ASSERT(least_gap(world.listed) >= 29s);  // seen up to half a second late
    RC_ASSERT(world.listed.size() >= 2);
  }));
}

}  // namespace kernwise::kube
