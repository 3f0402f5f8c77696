// SPDX-License-Identifier: Apache-2.0
// Hostile HTTP against a live server: whatever comes, it answers or closes, and serves the next
// one.
#include <rapidcheck.h>
#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>

#include "common/base/fd.hpp"
#include "test/support/hostile_requests.hpp"
#include "test/support/live_server.hpp"
#include "test/support/raw_client.hpp"

namespace kernwise::http {
namespace {

using std::chrono::milliseconds;
using test::LiveServer;
using test::RawClient;

constexpr milliseconds kSoon{50};
constexpr milliseconds kNever{600'000};

/// Only the deadline under test can end a connection.
Limits patient() {
  Limits limits;
  limits.header_timeout = limits.body_timeout = limits.write_timeout = limits.idle_timeout = kNever;
  return limits;
}

ServerOptions options(Limits limits, std::vector<std::string>* served = nullptr) {
  const auto answer = immediate([served](const Request& request) {
    if (served != nullptr)
      served->push_back(request.method + " " + request.path + " " + request.body);
    return text_response(200, request.body);
  });
  return {.limits = limits,
          .routes = {{"GET", "/", 64, answer}, {"POST", "/echo", 8 * 1024 * 1024, answer}}};
}

const std::string kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

std::string announcing(std::size_t bytes, const std::string& fields = "") {
  return "POST /echo HTTP/1.1\r\nHost: x\r\n" + fields +
         "Content-Length: " + std::to_string(bytes) + "\r\n\r\n";
}

bool still_serves(LiveServer& server) {
  RawClient client(server.port());
  client.send(kGet);
  const auto answer = client.read_answer();
  return answer && answer->status == 200;
}

void wait_for_connections(LiveServer& server, std::size_t count) {
  while (server.connections() != count) {
  }
}

TEST_CASE("hostile http: every row of the gate's table is refused over the wire", "[http][fault]") {
  std::vector<std::string> served;
  LiveServer server(options(patient(), &served));
  for (const auto& [name, bytes, status] : test::hostile_requests()) {
    CAPTURE(name);
    RawClient client(server.port());
    client.send(bytes);
    const auto answer = client.read_answer();
    REQUIRE(answer);
    CHECK(answer->status == status);
    CHECK(answer->header("connection") == "close");
    CHECK(answer->body.find("hello") == std::string::npos);
    client.finish_sending();
    CHECK(client.is_closed());  // whatever followed the header was not taken for a request
  }
  server.on_thread([&served] { CHECK(served.empty()); });
  CHECK(still_serves(server));
}

TEST_CASE("hostile http: the gate decides alike when bytes come one by one", "[http][fault]") {
  LiveServer server(options(patient()));
  for (const auto& [name, bytes, status] : test::hostile_requests()) {
    if (bytes.size() > 300) continue;
    CAPTURE(name);
    RawClient client(server.port());
    for (const char byte : bytes) client.send({&byte, 1});
    const auto answer = client.read_answer();
    REQUIRE(answer);
    CHECK(answer->status == status);
  }
  RawClient client(server.port());
  for (const char byte : announcing(5) + "hello") client.send({&byte, 1});
  CHECK(client.read_answer()->body == "hello");
}

TEST_CASE("hostile http: slow senders are told and cut off", "[http][fault]") {
  Limits limits = patient();
  std::string bytes;
  SECTION("in the request line") {
    limits.header_timeout = kSoon;
    bytes = "GET / HT";
  }
  SECTION("in the headers") {
    limits.header_timeout = kSoon;
    bytes = "GET / HTTP/1.1\r\nHost: x\r\nA: b";
  }
  SECTION("before the body") {
    limits.body_timeout = kSoon;
    bytes = announcing(1000);
  }
  SECTION("in the body") {
    limits.body_timeout = kSoon;
    bytes = announcing(1000) + "some of it";
  }
  SECTION("after 100 Continue") {
    limits.body_timeout = kSoon;
    bytes = announcing(1000, "Expect: 100-continue\r\n");
  }
  LiveServer server(options(limits));
  RawClient client(server.port());
  client.send(bytes);
  auto answer = client.read_answer();
  if (answer && answer->status == 100) answer = client.read_answer();
  REQUIRE(answer);
  CHECK(answer->status == 408);
  CHECK(answer->header("connection") == "close");
  client.finish_sending();
  CHECK(client.is_closed());
  CHECK(still_serves(server));
}

TEST_CASE("hostile http: a slow second request is cut off like a first", "[http][fault]") {
  Limits limits = patient();
  limits.header_timeout = kSoon;
  LiveServer server(options(limits));
  RawClient client(server.port());
  client.send(kGet);
  REQUIRE(client.read_answer());
  client.send("GET / HT");
  CHECK(client.read_answer()->status == 408);
}

TEST_CASE("hostile http: silence ends", "[http][fault]") {
  Limits limits = patient();
  SECTION("of a newcomer, at the header deadline") {
    limits.header_timeout = kSoon;
    LiveServer server(options(limits));
    RawClient client(server.port());
    CHECK(client.is_closed());
    wait_for_connections(server, 0);
  }
  SECTION("between requests, at the idle deadline") {
    limits.idle_timeout = kSoon;
    LiveServer server(options(limits));
    RawClient client(server.port());
    client.send(kGet);
    REQUIRE(client.read_answer());
    CHECK(client.is_closed());
    wait_for_connections(server, 0);
  }
}

TEST_CASE("hostile http: a reader that does not read is cut off", "[http][fault]") {
  Limits limits = patient();
  limits.write_timeout = kSoon;
  constexpr std::size_t kLarge = 64 * 1024 * 1024;
  LiveServer server({.limits = limits, .routes = {{"GET", "/", 64, immediate([](const Request&) {
                                                     return text_response(200,
                                                                          std::string(kLarge, 'x'));
                                                   })}}});
  RawClient client(server.port());
  client.send(kGet);
  while (client.data_segments() == 0) {
  }
  wait_for_connections(server, 0);
  CHECK(client.read_to_end().size() < kLarge);
}

TEST_CASE("hostile http: connections over the cap are closed, and room is found again",
          "[http][fault]") {
  Limits limits = patient();
  limits.connections = 3;
  LiveServer server(options(limits));
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    clients.back()->send(kGet);
    REQUIRE(clients.back()->read_answer());
  }
  for (int i = 0; i < 10; ++i) {
    RawClient over(server.port());
    CHECK(over.is_closed());
  }
  clients.pop_back();
  wait_for_connections(server, 2);
  CHECK(still_serves(server));
  clients.front()->send(kGet);
  CHECK(clients.front()->read_answer()->status == 200);
}

TEST_CASE("hostile http: pipelined requests get one answer and the door", "[http][fault]") {
  std::vector<std::string> served;
  LiveServer server(options(patient(), &served));
  const std::string first = GENERATE(kGet, announcing(5) + "hello", announcing(0));
  CAPTURE(first);
  RawClient client(server.port());
  client.send(first + kGet);
  const auto answer = client.read_answer();
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->header("connection") == "close");
  client.finish_sending();
  CHECK(client.is_closed());
  server.on_thread([&served] { CHECK(served.size() == 1); });
}

TEST_CASE("hostile http: bytes that come before the answer close the connection", "[http][fault]") {
  Respond waiting;
  ServerOptions later = options(patient());
  later.routes.push_back({"GET", "/later", 64, [&waiting](const Request&, Respond respond) {
                            waiting = std::move(respond);
                          }});
  LiveServer server(std::move(later));
  RawClient client(server.port());
  client.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  bool arrived = false;
  while (!arrived) server.on_thread([&] { arrived = waiting != nullptr; });
  client.send(kGet);
  server.on_thread([&waiting] { std::exchange(waiting, {})(text_response(200, "late")); });
  const auto answer = client.read_answer();
  REQUIRE(answer);
  CHECK(answer->body == "late");
  CHECK(answer->header("connection") == "close");
  client.finish_sending();
  CHECK(client.is_closed());
}

TEST_CASE("hostile http: a body shorter than announced reaches no handler", "[http][fault]") {
  std::vector<std::string> served;
  LiveServer server(options(patient(), &served));
  const auto [announced, sent] = GENERATE(table<std::size_t, std::size_t>(
      {{5, 0}, {5, 4}, {200'000, 0}, {200'000, 199'999}, {3'000'000, 70'000}}));
  CAPTURE(announced, sent);
  RawClient client(server.port());
  client.send(announcing(announced) + std::string(sent, 'b'));
  client.finish_sending();
  CHECK(client.is_closed());
  wait_for_connections(server, 0);
  server.on_thread([&served] { CHECK(served.empty()); });
}

TEST_CASE("hostile http: announcing costs nothing, holding is bounded", "[http][fault]") {
  Limits limits = patient();
  limits.buffered_bytes = 1024 * 1024;
  LiveServer server(options(limits));
  const std::string expect = "Expect: 100-continue\r\n";
  {
    // 8 announcements of 8 MiB fit, for each holds no more than it was sent.
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 8; ++i) {
      clients.push_back(std::make_unique<RawClient>(server.port()));
      clients.back()->send(announcing(8 * 1024 * 1024, expect));
      CHECK(clients.back()->read_answer()->status == 100);
    }
    clients.front()->send(std::string(2 * 1024 * 1024, 'b'));
    const auto answer = clients.front()->read_answer();
    REQUIRE(answer);
    CHECK(answer->status == 503);
    CHECK(answer->header("retry-after") == "1");
    CHECK(answer->header("connection") == "close");
  }
  wait_for_connections(server, 0);
  RawClient client(server.port());
  client.send(announcing(600'000) + std::string(600'000, 'b'));
  CHECK(client.read_answer()->body.size() == 600'000);  // what was held is free again
}

TEST_CASE("hostile http: a refusal reaches the caller who is still sending", "[http][fault]") {
  LiveServer server(options(patient()));
  RawClient client(server.port());
  client.send(announcing(9'000'000) + std::string(100'000, 'b'));
  CHECK(client.read_answer()->status == 413);
  CHECK(client.is_closed_gently());
  CHECK(client.send("and more"));  // after a reset this would fail
}

TEST_CASE("hostile http: callers that vanish leave nothing behind", "[http][fault]") {
  LiveServer server(options(patient()));
  for (int i = 0; i < 100; ++i) {
    RawClient client(server.port());
    if (i % 4 == 1) client.send(kGet.substr(0, 7));
    if (i % 4 == 2) client.send(announcing(1000));
    if (i % 4 == 3) client.send(announcing(10) + "0123456789");
  }
  wait_for_connections(server, 0);
  CHECK(still_serves(server));
}

TEST_CASE("hostile http: any bytes are answered or refused", "[http][fault]") {
  LiveServer server(options(patient()));
  REQUIRE(rc::check("random bytes", [&server](const std::string& bytes) {
    for (const std::string& prefix : {std::string(), std::string("GET / HTTP/1.1\r\n")}) {
      RawClient client(server.port());
      client.send(prefix + bytes + "\r\n\r\n");
      client.finish_sending();
      const std::string answer = client.read_to_end();
      RC_ASSERT(answer.empty() || answer.starts_with("HTTP/1.1 "));
    }
  }));
  CHECK(still_serves(server));
}

TEST_CASE("hostile http: running out of descriptors is survived", "[http][fault]") {
  LiveServer server(options(patient()));
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const int next = Fd(::dup(0)).value();
  const rlimit tight{static_cast<rlim_t>(next) + 1, before.rlim_max};  // one more: our own socket
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &tight) == 0);
  RawClient client(server.port());
  client.send(kGet);
  CHECK(server.connections() == 0);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  const auto answer = client.read_answer();
  REQUIRE(answer);
  CHECK(answer->status == 200);
}

}  // namespace
}  // namespace kernwise::http
