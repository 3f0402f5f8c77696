// SPDX-License-Identifier: Apache-2.0
// Hostile HTTP against a live server: whatever comes, it answers or closes, and serves the next
// one.
#include <rapidcheck.h>

#include <catch2/catch_all.hpp>
#include <utility>

#include "test/fault/http_victim.hpp"
#include "test/support/hostile_requests.hpp"

namespace kernwise::http {
namespace {

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

TEST_CASE("hostile http: a refusal reaches the caller who is still sending", "[http][fault]") {
  LiveServer server(options(patient()));
  RawClient client(server.port());
  client.send(announcing(9'000'000) + std::string(100'000, 'b'));
  CHECK(client.read_answer()->status == 413);
  CHECK(client.is_closed_gently());
  CHECK(client.send("and more"));  // after a reset this would fail
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

}  // namespace
}  // namespace kernwise::http
