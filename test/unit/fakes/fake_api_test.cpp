// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/io_context.hpp>
#include <catch2/catch_test_macros.hpp>

#include "test/fakes/kube/direct_client.hpp"

namespace kernwise::test {
namespace {

constexpr const char* kPod = R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"%s",
  "namespace":"default"},"spec":{"containers":[{"name":"c","image":"i"}]}})";

std::string pod(const std::string& name) {
  std::string text = kPod;
  return text.replace(text.find("%s"), 2, name);
}

/// A watch of all pods and what came out of it.
struct Pods {
  WallTime now{std::chrono::seconds(1'800'000'000)};
  boost::asio::io_context io;
  ApiFront front{[this] { return now; }};
  DirectClient client{io, front};
  std::vector<std::string> seen;  ///< `ADDED a`
  std::optional<Result<kube::Answer>> end;
  std::unique_ptr<kube::Stream> stream;

  void watch(kube::Query query = {}) {
    stream = client.watch(
        {.path = "/api/v1/pods", .query = std::move(query)},
        [this](std::string_view line) {
          const auto event = parse_json(line);
          seen.push_back(event ? text_at(*event, "/type") + " " +
                                     text_at(*event, "/object/metadata/name")
                               : "garbage");
        },
        [this](auto result) { end = std::move(result); });
    turn();
  }
  std::string version() { return std::to_string(front.api().store().revision()); }
  void put(const std::string& name) { front.api().put(json_of(pod(name))); }
  void turn() {
    io.restart();
    io.poll();
  }
};

using Events = std::vector<std::string>;

}  // namespace

TEST_CASE("fake API: a watch tells what happens after it, in order", "[fakes]") {
  Pods pods;
  pods.put("a");
  pods.watch({{"resourceVersion", pods.version()}});
  pods.put("b");
  pods.put("a");
  pods.front.api().remove("v1", "Pod", "default", "b");
  pods.turn();
  REQUIRE(pods.seen == Events{"ADDED b", "MODIFIED a", "DELETED b"});
}

TEST_CASE("fake API: faults of a stream", "[fakes]") {
  struct Row {
    Fault::Kind kind;
    Events seen;
    std::string end;  ///< empty = still open
  };
  using Kind = Fault::Kind;
  const std::vector<Row> rows{
      {Kind::cut, {"ADDED a"}, "broken"},
      {Kind::tear_line, {"ADDED a"}, "broken"},
      {Kind::close, {"ADDED a"}, "200"},
      {Kind::expire, {"ADDED a", "ERROR "}, "200"},
      {Kind::repeat, {"ADDED a", "ADDED b", "ADDED b", "ADDED c"}, ""},
      {Kind::swap, {"ADDED a", "ADDED c", "ADDED b"}, ""},
      {Kind::older, {"ADDED a", "ADDED b", "ADDED a", "ADDED c"}, ""},
      {Kind::garbage, {"ADDED a", "garbage", "ADDED b", "ADDED c"}, ""},
      {Kind::mute, {"ADDED a"}, ""},
  };
  for (const auto& row : rows) {
    Pods pods;
    pods.front.add({.kind = row.kind, .verb = "watch", .at = 1, .text = "{\"type\":"});
    pods.watch({{"resourceVersion", pods.version()}});
    for (const auto* name : {"a", "b", "c"}) pods.put(name);
    pods.turn();
    INFO("fault " << static_cast<int>(row.kind));
    CHECK(pods.seen == row.seen);
    const auto end = !pods.end ? "" : *pods.end ? std::to_string((*pods.end)->status) : "broken";
    CHECK(end == row.end);
  }
}

TEST_CASE("fake API: faults of a request, and what was done in spite of them", "[fakes]") {
  struct Row {
    Fault fault;
    std::string said;
    bool done;
  };
  using Kind = Fault::Kind;
  const std::vector<Row> rows{
      {{.kind = Kind::answer, .reply = {.status = 429, .retry_after = 3}}, "429 after 3", false},
      {{.kind = Kind::answer, .verb = "list"}, "201", true},
      {{.kind = Kind::answer, .skip = 1}, "201", true},
      {{.kind = Kind::lose}, "broken", true},
      {{.kind = Kind::tear, .at = 3}, "broken", true},
      {{.kind = Kind::hold}, "", false},
  };
  for (const auto& row : rows) {
    Pods pods;
    pods.front.add(row.fault);
    std::string said;
    pods.client.send(
        {.method = "POST", .path = "/api/v1/namespaces/default/pods", .body = pod("a")},
        [&](Result<kube::Answer> answer) {
          said = answer ? std::to_string(answer->status) : "broken";
          if (answer && answer->retry_after)
            said += " after " + std::to_string(answer->retry_after->count());
        });
    pods.turn();
    CHECK(said == row.said);
    CHECK((pods.front.api().find("v1", "Pod", "default", "a") != nullptr) == row.done);
    pods.front.release();
    pods.turn();
    if (row.fault.kind == Kind::hold) CHECK(said == "201");
  }
}

TEST_CASE("fake API: a watch ends when its time is over, after a last bookmark", "[fakes]") {
  Pods pods;
  pods.watch({{"resourceVersion", pods.version()},
              {"timeoutSeconds", "10"},
              {"allowWatchBookmarks", "true"}});
  pods.now += std::chrono::seconds(8);
  pods.front.api().tick();
  pods.turn();
  CHECK(pods.seen == Events{"BOOKMARK "});
  CHECK_FALSE(pods.end);
  pods.now += std::chrono::seconds(2);
  pods.front.api().tick();
  pods.turn();
  REQUIRE(pods.end);
  CHECK((*pods.end)->status == 200);
}

TEST_CASE("fake API: a restored backup has its old state and numbers", "[fakes]") {
  Pods pods;
  pods.put("a");
  const auto revision = pods.front.api().store().revision();
  pods.put("b");
  pods.front.api().remove("v1", "Pod", "default", "a");
  pods.front.api().store().restore(revision);
  CHECK(pods.front.api().find("v1", "Pod", "default", "a") != nullptr);
  CHECK(pods.front.api().find("v1", "Pod", "default", "b") == nullptr);
  CHECK(pods.front.api().store().revision() == revision);
}

TEST_CASE("fake API: every request that may write is on record", "[fakes]") {
  Pods pods;
  const auto send = [&](const char* method, const std::string& path, const std::string& body) {
    pods.client.send({.method = method, .path = path, .body = body}, [](auto) {});
  };
  send("POST", "/api/v1/namespaces/default/pods", pod("a"));
  send("GET", "/api/v1/namespaces/default/pods/a", "");
  send("DELETE", "/api/v1/namespaces/default/pods/b", "");
  pods.turn();
  const auto& writes = pods.front.api().writes();
  REQUIRE(writes.size() == 2);
  CHECK(writes[0].after == writes[0].before + 1);
  CHECK(writes[0].user == "admin");
  CHECK(writes[1].status == 404);
  CHECK(writes[1].after == writes[1].before);
}

}  // namespace kernwise::test
