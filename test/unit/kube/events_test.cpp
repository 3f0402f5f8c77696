// SPDX-License-Identifier: Apache-2.0
#include "common/kube/events.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

namespace kernwise::kube {
namespace {

using std::chrono::seconds;

const WallTime kWall{seconds(1'767'225'600)};  // 2026-01-01

MonoTime at(int second) {
  return MonoTime(seconds(second));
}

Event scaled(std::string note = "3 -> 5", std::string name = "web") {
  return {.regarding = {"apps/v1", "Deployment", "shop", std::move(name), "u-1"},
          .action = "ScaleUp",
          .reason = "CpuSaturated",
          .note = std::move(note)};
}

/// A book with its clock; wall time runs along.
struct Desk {
  EventBook book{{"kernwise.io/orchestrator", "orchestrator-0"}, {}, [] { return 0.4; }};
  int now = 0;

  void note(Event event) { book.note(std::move(event), at(now), kWall + seconds(now)); }
  std::optional<EventCall> next() { return book.next(at(now)); }
  void answer(const EventCall& call, int status, std::optional<seconds> after = {}) {
    book.answered(call.number, Answer{.status = status, .body = "{}", .retry_after = after},
                  at(now));
  }
  /// Sends one request and lets it succeed.
  Request deliver(int status = 201) {
    const auto call = next();
    REQUIRE(call);
    answer(*call, status);
    return call->request;
  }
};

}  // namespace

TEST_CASE("events: the first time is an object, the second begins a series", "[kube]") {
  Desk desk;
  desk.note(scaled());
  const Request first = desk.deliver();
  CHECK(first.method == "POST");
  CHECK(first.path == "/apis/events.k8s.io/v1/namespaces/shop/events");
  CHECK(first.body ==
        R"({"apiVersion":"events.k8s.io/v1","kind":"Event",)"
        R"("metadata":{"name":"web.18867251edfa0000","namespace":"shop"},)"
        R"("eventTime":"2026-01-01T00:00:00.000000Z",)"
        R"("reportingController":"kernwise.io/orchestrator",)"
        R"("reportingInstance":"orchestrator-0","action":"ScaleUp","reason":"CpuSaturated",)"
        R"("regarding":{"apiVersion":"apps/v1","kind":"Deployment","namespace":"shop",)"
        R"("name":"web","uid":"u-1"},"note":"3 -\u003e 5","type":"Normal"})");
  CHECK_FALSE(desk.next());

  desk.now = 60;
  desk.note(scaled("5 -> 8"));
  const Request second = desk.deliver(200);
  CHECK(second.method == "PATCH");
  CHECK(second.path == "/apis/events.k8s.io/v1/namespaces/shop/events/web.18867251edfa0000");
  CHECK(second.content_type == "application/strategic-merge-patch+json");
  CHECK(second.body ==
        R"({"series":{"count":2,"lastObservedTime":"2026-01-01T00:01:00.000000Z"}})");
  CHECK(desk.book.counts().told == 2);
}

TEST_CASE("events: a series is told at its heartbeat and when it is over", "[kube]") {
  Desk desk;
  desk.note(scaled());
  desk.deliver();
  desk.note(scaled());
  desk.deliver(200);
  for (desk.now = 60; desk.now < 1'800; desk.now += 60) {
    desk.note(scaled());
    CHECK_FALSE(desk.next());
  }
  desk.note(scaled());
  CHECK(desk.deliver(200).body.find(R"("count":32)") != std::string::npos);
  desk.now += 60;
  desk.note(scaled());
  desk.now += 359;
  CHECK_FALSE(desk.next());
  desk.now += 1;
  CHECK(desk.deliver(200).body.find(R"("count":33)") != std::string::npos);
  CHECK_FALSE(desk.next());
  CHECK(desk.book.size() == 0);
  // What comes now is a new event.
  desk.note(scaled());
  CHECK(desk.deliver().method == "POST");
}

TEST_CASE("events: what differs in more than the note is another event", "[kube]") {
  Desk desk;
  desk.note(scaled("3 -> 5"));
  desk.note(scaled("4 -> 6"));
  CHECK(desk.book.size() == 1);
  Event event = scaled();
  event.warning = true;
  desk.note(event);
  event.reason = "Backlog";
  desk.note(event);
  event.related = ObjectRef{"v1", "Pod", "shop", "web-1", "u-2"};
  desk.note(event);
  desk.note(scaled("3 -> 5", "api"));
  CHECK(desk.book.size() == 5);
  Event cluster = scaled();
  cluster.regarding = {"v1", "Node", "", "n1", ""};
  Desk other;
  other.note(cluster);
  CHECK(other.deliver().path == "/apis/events.k8s.io/v1/namespaces/default/events");
}

TEST_CASE("events: repeats before the first was told are part of it", "[kube]") {
  Desk desk;
  desk.note(scaled("3 -> 5"));
  desk.note(scaled("4 -> 6"));
  const Request only = desk.deliver();
  CHECK(only.method == "POST");
  CHECK(only.body.find(R"("series":{"count":2)") != std::string::npos);
  CHECK(only.body.find("4 -") != std::string::npos);
  CHECK_FALSE(desk.next());
}

TEST_CASE("events: failures that may pass are tried twelve times, others once", "[kube]") {
  struct Row {
    int status;
    int tries;
  };
  const Row row = GENERATE(Row{500, 12}, Row{429, 12}, Row{403, 1}, Row{422, 1}, Row{404, 1});
  INFO(row.status);
  Desk desk;
  desk.note(scaled());
  for (int i = 0; i < row.tries; ++i) {
    const auto call = desk.next();
    REQUIRE(call);
    desk.answer(*call, row.status);
    CHECK_FALSE(desk.next());
    desk.now += 11;  // 10 s * (1 + 0.25 * 0.4)
  }
  CHECK_FALSE(desk.next());
  CHECK(desk.book.counts().failed == 1);
  CHECK(desk.book.size() == 0);
}

TEST_CASE("events: the server is asked again when it said so", "[kube]") {
  Desk desk;
  desk.note(scaled());
  desk.answer(*desk.next(), 429, seconds(40));
  desk.now = 39;
  CHECK_FALSE(desk.next());
  desk.now = 40;
  CHECK(desk.deliver().method == "POST");
}

TEST_CASE("events: an object that is gone is made anew", "[kube]") {
  Desk desk;
  desk.note(scaled());
  const Request first = desk.deliver();
  desk.note(scaled());
  desk.deliver(404);
  const Request anew = desk.deliver();
  CHECK(anew.method == "POST");
  CHECK(anew.body.find(R"("series":{"count":2)") != std::string::npos);
  CHECK(anew.body.find("web.18867251edfa0001") != std::string::npos);
}

TEST_CASE("events: an answer that was lost does not tell the same twice", "[kube]") {
  Desk desk;
  desk.note(scaled());
  const auto lost = desk.next();
  REQUIRE(lost);
  desk.now = 30;
  CHECK_FALSE(desk.next());  // given up, tried again after the pause
  desk.now = 41;
  const auto again = desk.next();
  REQUIRE(again);
  desk.answer(*lost, 201);  // too late
  desk.answer(*again, 409);
  CHECK_FALSE(desk.next());
  desk.note(scaled());
  CHECK(desk.deliver(200).method == "PATCH");
}

TEST_CASE("events: only so many different ones are remembered", "[kube]") {
  Desk desk;
  for (std::size_t i = 0; i < EventBook::kMost + 5; ++i) {
    desk.note(scaled("", "web-" + std::to_string(i)));
  }
  CHECK(desk.book.size() == EventBook::kMost);
  CHECK(desk.book.counts().dropped == 5);
  desk.note(scaled("", "web-7"));  // known: not dropped
  CHECK(desk.book.counts().dropped == 5);
}

TEST_CASE("events: hostile and long texts are made safe and short", "[kube]") {
  Desk desk;
  Event event = scaled(std::string(5'000, 'n'), std::string(253, 'w'));
  event.reason = std::string(500, 'r');
  event.action = "up\x1b[31m";
  desk.note(event);
  const Request request = desk.deliver();
  CHECK(request.body.find(std::string(1'025, 'n')) == std::string::npos);
  CHECK(request.body.find(std::string(129, 'r')) == std::string::npos);
  CHECK(request.body.find('\x1b') == std::string::npos);
  CHECK(request.body.find("\"name\":\"" + std::string(236, 'w') + ".18867251edfa0000\"") !=
        std::string::npos);
}

}  // namespace kernwise::kube
