// SPDX-License-Identifier: Apache-2.0
// A cache of pods through everything that an API server, and what lies before it, can do to a watch
// (security.md 10.1, A1-A14). The server is the fake that speaks as the real one; time is the
// test's.
#include <catch2/catch_test_macros.hpp>

#include "common/kube/decode.hpp"
#include "common/kube/watch_cache.hpp"
#include "test/fakes/kube/direct_client.hpp"
#include "test/fakes/manual_clock.hpp"

namespace kernwise::test {
namespace {

using namespace std::chrono_literals;
using Versions = std::map<std::string, std::string>;

class World {
 public:
  World(unsigned seed, bool streaming) {
    front.api().allow_streaming_lists(streaming);
    for (int index = 0; index < 20; ++index) put(index);
    kube::WatchOptions options{.objects = {.api = "v1", .plural = "pods"}, .jitter_seed = seed};
    options.tuning.page = 6;
    cache = std::make_unique<kube::WatchCache<kube::Pod>>(client, clock, options, kube::decode_pod,
                                                          store);
    pass(2s);
  }

  void put(int index) {
    front.api().put(json_of(R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"p)" +
                            std::to_string(index) + R"(","labels":{"n":")" +
                            std::to_string(++puts_) + R"("}},"spec":{"containers":[]}})"));
  }
  void remove(int index) {
    front.api().remove("v1", "Pod", "default", "p" + std::to_string(index));
  }
  /// Changes of each kind, for a fault to do harm to.
  void change() {
    put(1), put(30), remove(2), put(1), remove(30), put(3), put(31), put(2), remove(4);
  }
  void pass(std::chrono::milliseconds time) {
    for (; time > 0ms; time -= 100ms) {
      clock.advance(std::min(time, 100ms));
      front.api().tick();
      io.restart();
      io.poll();
      if (cache && cache->counts().lists != listed.size())
        listed.resize(cache->counts().lists, clock.now());
    }
  }
  [[nodiscard]] Versions kept() const {
    Versions versions;
    for (const auto& [key, pod] : store.objects()) versions[key] = pod->meta.resource_version;
    return versions;
  }
  [[nodiscard]] Versions truth() {
    Versions versions;
    auto& api = front.api();
    const auto* pods = api.resources().of_kind("v1", "Pod");
    for (const auto& each : api.store().list(*pods, "", api.store().revision()))
      versions["default/" + text_at(*each, "/metadata/name")] =
          text_at(*each, "/metadata/resourceVersion");
    return versions;
  }

  ManualClock clock;
  boost::asio::io_context io;
  ApiFront front{[this] {
    return WallTime(std::chrono::duration_cast<WallTime::duration>(clock.now().time_since_epoch()));
  }};
  DirectClient client{io, front};
  kube::Store<kube::Pod> store;
  std::unique_ptr<kube::WatchCache<kube::Pod>> cache;
  std::vector<MonoTime> listed;  ///< when each list was complete

 private:
  int puts_ = 0;
};

using Kind = Fault::Kind;

/// A fault of the next watch at its first event. The present one ends for it.
void on_next_watch(World& world, Fault fault) {
  fault.verb = "watch";
  world.front.add(std::move(fault));
  world.front.api().end_watches();
  world.pass(3s);
  world.change();
}

void closed_each_second(World& world) {
  for (int second = 0; second < 20; ++second) {
    world.put(second % 7);
    world.front.api().end_watches();
    world.pass(1s);
  }
}

void cut_each_second(World& world) {
  for (int second = 0; second < 20; ++second) {
    world.put(second % 7);
    world.front.cut_watches();
    world.pass(1s);
  }
}

void forgotten(World& world) {
  world.front.cut_watches();
  world.change();
  world.front.api().store().compact();
}

void refused(World& world, Reply reply, unsigned times) {
  world.front.add(
      {.kind = Kind::answer, .path = "/pods", .times = times, .reply = std::move(reply)});
  world.front.cut_watches();
  world.change();
}

void vanishes_while_listed(World& world) {
  world.front.cut_watches();
  world.front.api().store().compact();
  world.front.add({.kind = Kind::hold, .path = "/pods", .skip = 2});
  world.change();
  world.pass(5s);
  world.remove(5), world.put(6), world.remove(19);
  world.front.release();
}

void too_large_an_object(World& world) {
  auto pod = json_of(R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"p40"},"spec":{}})");
  set_at(pod, "/metadata/annotations/big", Json(std::string(3UL << 20U, 'x')));
  world.front.api().put(pod);
  world.change();
  world.pass(3s);
  world.remove(40);
}

void restored(World& world) {
  const auto backup = world.front.api().store().revision();
  world.change();
  world.pass(1s);
  world.client.down(true);
  world.front.cut_watches();
  world.front.api().store().restore(backup);
  world.put(7);
  world.pass(5s);
  world.client.down(false);
}

void away_for_a_minute(World& world) {
  world.client.down(true);
  world.front.cut_watches();
  world.change();
  world.pass(60s);
  world.client.down(false);
}

void jumping_bookmark(World& world) {
  on_next_watch(world, {.kind = Kind::garbage,
                        .text = R"({"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1",)"
                                R"("metadata":{"resourceVersion":"900000"}}})"});
}

struct Row {
  const char* name;
  void (*harm)(World& world);
  std::chrono::milliseconds repaired;  ///< at most, after the harm
};

// 5 s where the connection fails; where only a new list or the end of a watch can tell, the time
// until the next one.
const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {"the watch is closed each second", closed_each_second, 5s},
      {"the watch is cut each second", cut_each_second, 20s},
      {"410 on the watch", forgotten, 5s},
      {"410 as an event", [](World& world) { on_next_watch(world, {.kind = Kind::expire}); }, 35s},
      {"410 on everything, thrice", [](World& world) { refused(world, expired("gone"), 3); }, 35s},
      {"429 with Retry-After",
       [](World& world) { refused(world, {.status = 429, .retry_after = 3}, 2); }, 15s},
      {"500, five times", [](World& world) { refused(world, failure(500, "", "no"), 5); }, 35s},
      {"HTML", [](World& world) { refused(world, {.status = 200, .body = Json("<p>")}, 2); }, 35s},
      {"a bookmark that jumps", jumping_bookmark, 90s},
      {"an event twice", [](World& world) { on_next_watch(world, {.kind = Kind::repeat}); }, 5s},
      {"two events swapped",
       [](World& world) { on_next_watch(world, {.kind = Kind::swap, .at = 2}); }, 35s},
      {"an old event again",
       [](World& world) { on_next_watch(world, {.kind = Kind::older, .at = 6}); }, 35s},
      {"an event torn in the middle",
       [](World& world) { on_next_watch(world, {.kind = Kind::tear_line, .at = 3}); }, 5s},
      {"garbage", [](World& world) { on_next_watch(world, {.kind = Kind::garbage, .text = "{]"}); },
       35s},
      {"silence", [](World& world) { on_next_watch(world, {.kind = Kind::mute, .at = 1}); }, 90s},
      {"an object of 3 MiB", too_large_an_object, 35s},
      {"objects vanish while they are listed", vanishes_while_listed, 35s},
      {"the resourceVersion goes back", restored, 90s},
      {"the server is away for a minute", away_for_a_minute, 30s},
  };
  return all;
}

}  // namespace

TEST_CASE("watch cache: the truth comes back after each fault", "[kube][fault]") {
  for (const bool streaming : {true, false}) {
    for (const auto& row : rows()) {
      INFO(row.name << (streaming ? ", lists by watch" : ", lists by pages"));
      World world(7, streaming);
      REQUIRE(world.kept() == world.truth());
      world.pass(40s);
      row.harm(world);
      world.pass(row.repaired);
      CHECK(world.kept() == world.truth());
      CHECK(world.cache->synced());
      world.front.clear_faults();
      world.pass(120s);
      world.change();
      world.pass(1s);
      CHECK(world.kept() == world.truth());
      CHECK(world.front.api().watches() == 1);
    }
  }
}

}  // namespace kernwise::test
