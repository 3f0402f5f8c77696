// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_all.hpp>

#include "common/http/client.hpp"
#include "common/report/codec.hpp"
#include "orchestrator/app/orchestrator.hpp"
#include "test/support/raw_client.hpp"
#include "test/unit/orchestrator/reports.hpp"

/// The whole program on free ports, asked by people who mean it no good.
namespace kernwise::orchestrator {
namespace {

/// A running program that knows one node.
class Running {
 public:
  Running() {
    Config config;
    config.scheduler_listen = config.ingest_listen = config.api_listen = "127.0.0.1:0";
    config.scaling_interval = std::chrono::hours(1);  // the view must not change by itself
    program_ = Orchestrator::start(config).value();
    const auto known =
        test::named(test::container("u1", Verdict::steady, 1), "demo", "p", "Deployment/p");
    const auto answer = post(program_->ports().ingest, "/v1/report",
                             report::encode(test::report_of("n1", 7, {known})));
    before_ = program_->snapshot();
    REQUIRE(answer == 200);
    REQUIRE(before_->nodes.size() == 1);
  }

  [[nodiscard]] Orchestrator::Ports ports() const { return program_->ports(); }
  Orchestrator& program() { return *program_; }

  /// The same content: every node's part is the very same object.
  [[nodiscard]] bool view_is_unchanged() const {
    return program_->snapshot()->nodes == before_->nodes;
  }

  [[nodiscard]] bool is_alive() const {
    for (const auto port : {ports().scheduler, ports().ingest, ports().api}) {
      const auto answer = exchange(port, {.method = "GET", .target = "/livez"});
      if (!answer || answer->status != 200) return false;
    }
    return true;
  }

  static Result<http::Response> exchange(std::uint16_t port, const http::ClientRequest& request) {
    const http::Url origin{
        .scheme = "http", .host = "127.0.0.1", .port = std::to_string(port), .path = ""};
    return http::fetch(origin, request, {.timeout = std::chrono::seconds(60)});
  }

  /// The status of a POST; 0 when there was no answer.
  static int post(std::uint16_t port, const std::string& path, std::string body,
                  std::vector<http::Header> headers = {}) {
    const auto answer = exchange(
        port,
        {.method = "POST", .target = path, .headers = std::move(headers), .body = std::move(body)});
    return answer ? answer->status : 0;
  }

 private:
  std::unique_ptr<Orchestrator> program_;
  std::shared_ptr<const view::Snapshot> before_;
};

struct Hostile {
  const char* name;
  std::string body;
};

std::string report_with(std::string_view from, std::string_view to) {
  std::string text = report::encode(test::report_of("n1", 8));
  const auto found = text.find(from);
  return found == std::string::npos ? std::string() : text.replace(found, from.size(), to);
}

std::vector<Hostile> hostile_bodies() {
  return {
      {"no body", ""},
      {"only blanks", "   "},
      {"truncated", R"({"version":1,"node":"n)"},
      {"200 KB of brackets", std::string(200'000, '[')},
      {"200 KB of objects",
       [] {
         std::string text;
         for (int i = 0; i < 40'000; ++i) text += R"({"a":)";
         return text;
       }()},
      {"a number that kills a parser", "[1.00000000001e-2147483638]"},
      {"a number without end", "[1" + std::string(100'000, '0') + "]"},
      {"bad UTF-8", "{\"Pod\":{\"metadata\":{\"name\":\"\xC0\xAF\"}},\"NodeNames\":[\"\xFF\"]}"},
      {"half a surrogate", R"({"version":1,"node":"\ud800","NodeNames":["\ud800"]})"},
      {"NUL bytes", std::string(1'000, '\0')},
      {"an array", "[]"},
      {"a string", "\"report\""},
      {"wrong types", R"({"version":"1","node":[],"Pod":7,"NodeNames":{"a":1}})"},
      {"trailing bytes", R"({} {})"},
      {"a byte order mark", "\xEF\xBB\xBF{}"},
  };
}

TEST_CASE("ingest: hostile bodies get a clear answer and change nothing", "[orchestrator]") {
  Running running;
  auto bodies = hostile_bodies();
  bodies.push_back({"a negative share", report_with("\"busy\":1", "\"busy\":-1")});
  bodies.push_back({"infinity", report_with("\"busy\":1", "\"busy\":1e999")});
  bodies.push_back({"no such version", report_with("\"version\":1", "\"version\":2")});
  bodies.push_back({"not a node name", report_with("\"node\":\"n1\"", "\"node\":\"N_1\"")});
  bodies.push_back({"twice the same key", report_with("\"seq\":8", "\"seq\":8,\"seq\":9")});
  for (const Hostile& hostile : bodies) {
    CAPTURE(hostile.name);
    const auto answer = Running::exchange(
        running.ports().ingest,
        {.method = "POST", .target = "/v1/report", .headers = {}, .body = hostile.body});
    REQUIRE(answer.has_value());
    CHECK(answer->status == 400);
    CHECK(answer->body.starts_with("{\"error\":"));
    CHECK(Running::post(running.ports().ingest, "/v1/report", hostile.body,
                        {{"Content-Encoding", "zstd"}}) == 400);
  }
  CHECK(running.view_is_unchanged());
  CHECK(running.is_alive());
}

TEST_CASE("ingest: an old report is refused, an unknown encoding too", "[orchestrator]") {
  Running running;
  const std::string old = report::encode(test::report_of("n1", 3));
  CHECK(Running::post(running.ports().ingest, "/v1/report", old) == 409);
  CHECK(Running::post(running.ports().ingest, "/v1/report", old, {{"Content-Encoding", "br"}}) ==
        415);
  CHECK(running.view_is_unchanged());
}

TEST_CASE("ingest: a bomb stays packed", "[orchestrator]") {
  Running running;
  // One block of a megabyte of the same letter, and a frame header that announces it.
  std::string text = report::encode(test::report_of("n1", 8));
  text.insert(1, std::string(3'000'000, ' '));
  CHECK(Running::post(running.ports().ingest, "/v1/report", report::compress(text),
                      {{"Content-Encoding", "zstd"}}) == 400);
  CHECK(running.view_is_unchanged());
  CHECK(running.is_alive());
}

TEST_CASE("scheduler: hostile bodies get an empty 400", "[orchestrator]") {
  Running running;
  for (const Hostile& hostile : hostile_bodies()) {
    for (const char* verb : {"/prioritize", "/prioritize/relative", "/filter"}) {
      CAPTURE(hostile.name, verb);
      const auto answer = Running::exchange(
          running.ports().scheduler,
          {.method = "POST", .target = verb, .headers = {}, .body = hostile.body});
      REQUIRE(answer.has_value());
      CHECK(answer->status == 400);
      CHECK(answer->body.empty());
    }
  }
  CHECK(running.view_is_unchanged());
  CHECK(running.is_alive());
  CHECK(Running::post(running.ports().scheduler, "/prioritize",
                      R"({"Pod":{},"NodeNames":["n1"],"Nodes":null})") == 200);
}

/// The answer to a request that only announces its body.
int announced(std::uint16_t port, const std::string& path, std::size_t bytes) {
  test::RawClient client(port);
  client.send("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(bytes) +
              "\r\n\r\n");
  const auto answer = client.read_answer();
  return answer ? answer->status : 0;
}

TEST_CASE("limits: one byte more is refused before it is read", "[orchestrator]") {
  Running running;
  CHECK(announced(running.ports().ingest, "/v1/report", report::kMaxReportBytes + 1) == 413);
  CHECK(announced(running.ports().scheduler, "/prioritize", protocol::kMaxBodyBytes + 1) == 413);
  CHECK(announced(running.ports().scheduler, "/filter", protocol::kMaxBodyBytes + 1) == 413);
  // Exactly the limit is read and judged by what it says.
  std::string largest = report::encode(test::report_of("n2", 1));
  largest.insert(1, std::string(report::kMaxReportBytes - largest.size(), ' '));
  CHECK(Running::post(running.ports().ingest, "/v1/report", largest) == 200);
  CHECK(running.is_alive());
}

TEST_CASE("api: hostile targets and methods", "[orchestrator]") {
  Running running;
  struct Row {
    const char* method;
    std::string target;
    int status;
  };
  const std::vector<Row> rows{
      {"GET", "/v1/pods?limit=-1", 400},
      {"GET", "/v1/pods?limit=18446744073709551616", 400},
      {"GET", "/v1/history?since=%00", 400},
      {"GET", "/v1/history?kind=%27%20OR%201=1%20--", 400},
      {"GET", "/v1/explain/node/..%2f..%2fetc%2fpasswd", 400},
      {"GET", "/v1/explain/pod/" + std::string(4'000, 'a') + "/b", 404},
      {"GET", "/v1/query?query=up", 501},
      {"GET", "/v2/nodes", 404},
      {"POST", "/v1/nodes", 405},
      {"DELETE", "/v1/view", 405},
  };
  for (const Row& row : rows) {
    CAPTURE(row.method, row.target);
    const auto answer =
        Running::exchange(running.ports().api,
                          {.method = row.method, .target = row.target, .headers = {}, .body = ""});
    REQUIRE(answer.has_value());
    CHECK(answer->status == row.status);
    CHECK(answer->body.starts_with("{\"error\":"));
  }
  CHECK(running.view_is_unchanged());
  CHECK(running.is_alive());
}

TEST_CASE("prometheus: one that does not answer is 502", "[orchestrator]") {
  std::uint16_t closed_port = 0;
  {
    Running gone;
    closed_port = gone.ports().api;
  }
  Config config;
  config.scheduler_listen = config.ingest_listen = config.api_listen = "127.0.0.1:0";
  config.prometheus =
      Prometheus{.url = http::parse_url("http://127.0.0.1:" + std::to_string(closed_port)).value()};
  const auto program = Orchestrator::start(config).value();
  const auto answer = Running::exchange(
      program->ports().api,
      {.method = "GET", .target = "/v1/query?query=up", .headers = {}, .body = ""});
  REQUIRE(answer.has_value());
  CHECK(answer->status == 502);
}

TEST_CASE("stop: idle connections do not hold it up, and it answers no more", "[orchestrator]") {
  Running running;
  test::RawClient idle(running.ports().scheduler);
  idle.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(idle.read_answer());
  running.program().stop();
  CHECK(idle.is_closed());
}

TEST_CASE("start: a port in use is an error that names the listener", "[orchestrator]") {
  Running running;
  Config config;
  config.scheduler_listen = "127.0.0.1:" + std::to_string(running.ports().scheduler);
  config.ingest_listen = config.api_listen = "127.0.0.1:0";
  const auto second = Orchestrator::start(config);
  REQUIRE(second.has_error());
  CHECK(second.error().message().find("scheduler.listen") != std::string::npos);
}

}  // namespace
}  // namespace kernwise::orchestrator
