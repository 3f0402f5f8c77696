// SPDX-License-Identifier: Apache-2.0
// Callers that hold on to what we have: time, connections, memory, descriptors.
#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <memory>

#include "common/base/fd.hpp"
#include "test/fault/http_victim.hpp"

namespace kernwise::http {
namespace {

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
  SECTION("in a body of which much is announced") {
    limits.body_timeout = kSoon;
    bytes = announcing(8UL * 1024 * 1024) + "some of it";
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
  constexpr std::size_t kLarge = 64UL * 1024 * 1024;
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

TEST_CASE("hostile http: announcing costs nothing, holding is bounded", "[http][fault]") {
  Limits limits = patient();
  limits.buffered_bytes = 1024UL * 1024;
  LiveServer server(options(limits));
  const std::string expect = "Expect: 100-continue\r\n";
  {
    // 8 announcements of 8 MiB fit, for each holds no more than it was sent.
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 8; ++i) {
      clients.push_back(std::make_unique<RawClient>(server.port()));
      clients.back()->send(announcing(8UL * 1024 * 1024, expect));
      CHECK(clients.back()->read_answer()->status == 100);
    }
    clients.front()->send(std::string(2UL * 1024 * 1024, 'b'));
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
