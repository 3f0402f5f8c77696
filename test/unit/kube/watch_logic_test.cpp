// SPDX-License-Identifier: Apache-2.0
#include "common/kube/watch_logic.hpp"

#include <catch2/catch_all.hpp>

namespace kernwise::kube {
namespace {

using namespace std::chrono_literals;
using Kind = WatchStep::Kind;
using Frame = WatchFrame::Kind;

/// `list limit=500 resourceVersion=0`, `watch watch=1 ...`, `wait 12000` (milliseconds).
std::string shown(const WatchStep& step, MonoTime now) {
  if (step.kind == Kind::wait) {
    return "wait " + std::to_string((step.until - now) / std::chrono::milliseconds(1));
  }
  std::string text = step.kind == Kind::list ? "list" : "watch";
  for (const auto& [key, value] : step.query)
    text.append(" ").append(key).append("=").append(value);
  return text;
}

/// Logic whose random numbers are all 0.5, at a time that the test moves.
struct World {
  explicit World(WatchTuning tuning = {.streaming = false}) : logic(tuning, [] { return 0.5; }) {}

  std::string next() { return shown(logic.next(now), now); }
  void pass(std::chrono::milliseconds time) { now += time; }
  /// Listed at this version, and watching.
  void follow(const std::string& version) {
    next();
    logic.listed(version, "", now);
    next();
  }
  WatchVerdict frame(Frame kind, const std::string& key, const std::string& version,
                     const std::string& stored = "") {
    return logic.frame({.kind = kind, .key = key, .version = version, .stored = stored}, now);
  }
  MonoTime now{1h};
  WatchLogic logic;
};

const std::string kList0 = "list limit=500 resourceVersion=0";
const std::string kNewest = "list limit=500";

std::string watch_from(const std::string& version) {
  // 40 s + 0.5 * 15 s = 47.5 s
  return "watch watch=1 resourceVersion=" + version + " allowWatchBookmarks=true timeoutSeconds=48";
}

}  // namespace

TEST_CASE("watch logic: lists in pages, watches from there, and resumes after the end", "[kube]") {
  World world;
  CHECK(world.next() == kList0);
  CHECK(world.logic.list_begins());
  CHECK_FALSE(world.logic.listed("7", "more", world.now));
  CHECK_FALSE(world.logic.list_begins());
  CHECK(world.next() == "list limit=500 continue=more");
  CHECK_FALSE(world.logic.synced());
  CHECK(world.logic.listed("7", "", world.now));
  CHECK(world.logic.synced());
  CHECK(world.next() == watch_from("7"));
  CHECK(world.frame(Frame::put, "a", "9").apply);
  CHECK_FALSE(world.frame(Frame::bookmark, "", "12").apply);
  world.pass(48s);
  CHECK_FALSE(world.logic.watch_ended({.status = 200}, world.now));
  CHECK(world.next() == watch_from("12"));
}

TEST_CASE("watch logic: a streaming list, and what follows it", "[kube]") {
  World world{WatchTuning{}};
  CHECK(world.next() ==
        "watch watch=1 sendInitialEvents=true resourceVersionMatch=NotOlderThan "
        "allowWatchBookmarks=true timeoutSeconds=450");
  CHECK(world.logic.listing_by_watch());
  CHECK(world.frame(Frame::put, "a", "9").apply);
  CHECK(world.frame(Frame::put, "b", "3").apply);  // in any order
  CHECK_FALSE(world.frame(Frame::bookmark, "", "9").complete);
  CHECK_FALSE(world.logic.synced());
  const auto verdict =
      world.logic.frame({.kind = Frame::bookmark, .version = "11", .initial_end = true}, world.now);
  CHECK(verdict.complete);
  CHECK(verdict.stop);
  CHECK(world.logic.synced());
  CHECK(world.next() == watch_from("11"));
}

TEST_CASE("watch logic: a server that does not stream lists is asked for pages", "[kube]") {
  const auto status = GENERATE(400, 422, 200);
  World world{WatchTuning{}};
  world.next();
  world.logic.watch_ended({.status = status}, world.now);
  CHECK(world.next() == kList0);
}

TEST_CASE("watch logic: a streaming list that breaks twice gives way to pages", "[kube]") {
  World world{WatchTuning{}};
  world.next();
  world.logic.watch_ended({}, world.now);
  CHECK(world.next() == "wait 400");  // 0.5 * 800 ms
  world.pass(400ms);
  CHECK(world.next().starts_with("watch watch=1 sendInitialEvents"));
  world.logic.watch_ended({}, world.now);
  CHECK(world.next() == "wait 800");
  world.pass(800ms);
  CHECK(world.next() == kList0);
}

TEST_CASE("watch logic: the ladder of 410", "[kube]") {
  World world;
  world.follow("7");
  world.pass(31s);
  world.logic.watch_ended({.status = 410}, world.now);
  CHECK(world.next() == "list limit=500 resourceVersion=7 resourceVersionMatch=NotOlderThan");
  const auto end =
      GENERATE(WatchEnd{.status = 410}, WatchEnd{.status = 504, .version_too_large = true},
               WatchEnd{.answer_too_large = true});
  world.logic.list_failed(end, world.now);
  CHECK(world.next() == kNewest);
  SECTION("which leads somewhere") {
    world.logic.listed("90", "", world.now);
    CHECK(world.next() == watch_from("90"));
  }
  SECTION("or nowhere, and then waits") {
    world.logic.list_failed({.status = 410}, world.now);
    CHECK(world.next() == "wait 400");
    world.pass(400ms);
    CHECK(world.next() == "wait 29600");
    world.pass(29'600ms);
    CHECK(world.next() == kNewest);
  }
}

TEST_CASE("watch logic: a page that has expired begins the list anew", "[kube]") {
  World world;
  world.next();
  world.logic.listed("7", "more", world.now);
  world.next();
  world.logic.list_failed({.status = 410}, world.now);
  CHECK(world.logic.list_begins());
  CHECK(world.next() == kNewest);
}

TEST_CASE("watch logic: lists are 30 s apart, whatever the watches say", "[kube]") {
  World world;
  world.follow("7");
  world.logic.watch_ended({.status = 410}, world.now);
  CHECK(world.next() == "wait 30000");
  world.pass(30s);
  CHECK(world.next().starts_with("list"));
}

TEST_CASE("watch logic: what is no reason to list backs off, and goes on where it was", "[kube]") {
  const auto [end, first, second] = GENERATE(table<WatchEnd, std::string, std::string>({
      {{}, "wait 400", "wait 800"},
      {{.status = 429}, "wait 400", "wait 800"},
      {{.status = 500}, "wait 400", "wait 800"},
      {{.status = 403}, "wait 400", "wait 800"},
      {{.status = 429, .retry_after = 7s}, "wait 7000", "wait 7000"},
  }));
  World world;
  world.follow("7");
  world.logic.watch_ended(end, world.now);
  CHECK(world.next() == first);
  world.pass(7s);
  CHECK(world.next() == watch_from("7"));
  world.logic.watch_ended(end, world.now);
  CHECK(world.next() == second);
}

TEST_CASE("watch logic: the backoff grows to 15 s, and a frame ends it", "[kube]") {
  World world;
  world.follow("7");
  for (const auto* expected :
       {"wait 400", "wait 800", "wait 1600", "wait 3200", "wait 6400", "wait 7500", "wait 7500"}) {
    world.logic.watch_ended({}, world.now);
    CHECK(world.next() == expected);
    world.pass(7'500ms);
    world.next();
  }
  world.frame(Frame::bookmark, "", "7");
  world.logic.watch_ended({}, world.now);
  CHECK(world.next() == "wait 400");
}

TEST_CASE("watch logic: a very short watch without an event is no good sign", "[kube]") {
  World world;
  world.follow("7");
  world.pass(900ms);
  world.logic.watch_ended({.status = 200}, world.now);
  CHECK(world.next() == "wait 400");
  world.pass(400ms);
  CHECK(world.next() == watch_from("7"));
  world.frame(Frame::put, "a", "8");
  world.logic.watch_ended({.status = 200}, world.now);
  CHECK(world.next() == watch_from("8"));
}

TEST_CASE("watch logic: a long watch without a word means that the server's versions went back",
          "[kube]") {
  World world;
  world.follow("7");
  world.pass(40s);
  world.logic.watch_ended({.status = 200}, world.now);
  CHECK(world.next() == kNewest);
  CHECK(world.logic.current_at() == world.now - 40s);
}

TEST_CASE("watch logic: everything is listed anew after 10 to 15 minutes", "[kube]") {
  World world;
  world.follow("7");
  world.pass(749s);  // 600 s * 1.25 = 750 s
  world.frame(Frame::bookmark, "", "7");
  world.logic.watch_ended({.status = 200}, world.now);
  CHECK(world.next() == watch_from("7"));
  world.pass(2s);
  world.logic.watch_ended({.status = 200}, world.now);
  CHECK(world.next() == "list limit=500 resourceVersion=7 resourceVersionMatch=NotOlderThan");
}

TEST_CASE("watch logic: which event is news", "[kube]") {
  World world;
  world.follow("100");
  CHECK(world.frame(Frame::put, "a", "101").apply);
  CHECK_FALSE(world.frame(Frame::put, "a", "101", "101").apply);  // again
  CHECK(world.frame(Frame::put, "b", "103").apply);
  CHECK(world.frame(Frame::put, "c", "102").apply);              // late, but not known
  CHECK_FALSE(world.frame(Frame::put, "a", "99", "101").apply);  // late, and known better
  CHECK_FALSE(world.frame(Frame::put, "d", "98").apply);         // gone before the list
  CHECK(world.frame(Frame::remove, "a", "104", "101").apply);
  CHECK_FALSE(world.frame(Frame::put, "a", "103").apply);  // gone since
  CHECK(world.frame(Frame::put, "a", "105").apply);        // there again
  CHECK_FALSE(world.frame(Frame::remove, "a", "104", "105").apply);
  CHECK(world.frame(Frame::put, "e", "opaque", "x").apply);  // no order is known
}

TEST_CASE("watch logic: versions that go back are listed anew, at most every 30 s", "[kube]") {
  const bool by_bookmark = GENERATE(true, false);
  const auto kind = by_bookmark ? Frame::bookmark : Frame::put;
  World world;
  world.follow("100");
  CHECK_FALSE(world.frame(kind, "a", "50").stop);  // listed just now
  world.pass(10s);
  world.logic.watch_ended({.status = 200}, world.now);
  CHECK(world.next() ==
        "watch watch=1 resourceVersion=100 allowWatchBookmarks=true "
        "timeoutSeconds=20");
  world.pass(20s);
  CHECK(world.frame(kind, "a", "51").stop);
  CHECK(world.next() == kNewest);
  world.logic.listed("51", "", world.now);
  CHECK(world.next() == watch_from("51"));
}

TEST_CASE("watch logic: a kind that the cluster does not know is none of it", "[kube]") {
  World world{WatchTuning{.streaming = false, .optional = true}};
  world.next();
  CHECK(world.logic.list_failed({.status = 404}, world.now));
  CHECK(world.logic.synced());
  CHECK(world.logic.current_at() == world.now);
  CHECK(world.next() == "wait 47500");
  world.pass(47'500ms);
  CHECK(world.next() == kList0);
  World streaming{WatchTuning{.optional = true}};
  streaming.next();
  CHECK(streaming.logic.watch_ended({.status = 404}, streaming.now));
  World needed;
  needed.next();
  CHECK_FALSE(needed.logic.list_failed({.status = 404}, needed.now));
  CHECK_FALSE(needed.logic.synced());
}

TEST_CASE("watch logic: knows how old its knowledge is", "[kube]") {
  World world;
  CHECK_FALSE(world.logic.current_at());
  const auto asked = world.now;
  world.next();
  world.pass(3s);
  world.logic.listed("7", "", world.now);
  CHECK(world.logic.current_at() == asked);  // it may be as old as the question
  world.next();
  world.pass(5s);
  world.frame(Frame::bookmark, "", "7");
  CHECK(world.logic.current_at() == world.now);
  world.pass(40s);
  world.logic.watch_ended({.status = 200}, world.now);
  CHECK(world.logic.current_at() == world.now);
  const auto known = world.now;
  world.next();
  world.pass(9s);
  world.logic.watch_ended({}, world.now);
  CHECK(world.logic.current_at() == known);
}

}  // namespace kernwise::kube
