// SPDX-License-Identifier: Apache-2.0
#include "common/http/client.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch_all.hpp>
#include <optional>
#include <thread>

#include "test/support/live_server.hpp"
#include "test/support/show_result.hpp"

namespace kernwise::http {
namespace {

using boost::asio::ip::tcp;
namespace errc = boost::system::errc;
using test::LiveServer;

Url origin_at(std::uint16_t port) {
  return {.scheme = "http", .host = "127.0.0.1", .port = std::to_string(port)};
}

/// Accepts connections one after another and plays one line of a script to each: for every request
/// header it reads it writes the next answer; after the last it closes. Not our server.
class ScriptedServer {
 public:
  using Script = std::vector<std::vector<std::string>>;
  explicit ScriptedServer(Script script)
      : acceptor_(io_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
        thread_([this, script = std::move(script)] { play(script); }) {}
  ~ScriptedServer() { thread_.join(); }

  [[nodiscard]] Url origin() const { return origin_at(acceptor_.local_endpoint().port()); }

 private:
  void play(const Script& script) {
    for (const auto& answers : script) {
      tcp::socket socket = acceptor_.accept();
      boost::system::error_code error;
      std::string input;
      for (const std::string& answer : answers) {
        input.erase(0, boost::asio::read_until(socket, boost::asio::dynamic_buffer(input),
                                               "\r\n\r\n", error));
        boost::asio::write(socket, boost::asio::buffer(answer), error);
      }
    }
  }

  boost::asio::io_context io_;
  tcp::acceptor acceptor_;
  std::thread thread_;
};

std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Sends the requests at once and waits for all results, in the order they came.
std::vector<Result<Response>> exchange(const Url& origin, std::size_t requests,
                                       const ClientLimits& limits = {}) {
  boost::asio::io_context io;
  Client client(io, origin, limits);
  std::vector<Result<Response>> results;
  for (std::size_t i = 0; i < requests; ++i) {
    client.send({.target = "/" + std::to_string(i)},
                [&results](Result<Response> result) { results.push_back(std::move(result)); });
  }
  io.run();
  return results;
}

TEST_CASE("client: exchanges requests in order over one connection", "[http]") {
  std::size_t connections = 0;
  LiveServer* self = nullptr;
  LiveServer server(
      {.routes = {{"GET", "/*", 64, [&](const Request& request, const Respond& respond) {
                     connections = self->connections_here();
                     respond({.body = request.path});
                   }}}});
  self = &server;
  const auto results = exchange(origin_at(server.port()), 10);
  REQUIRE(results.size() == 10);
  for (std::size_t i = 0; i < results.size(); ++i) {
    REQUIRE(results[i]);
    CHECK(results[i]->status == 200);
    CHECK(results[i]->content_type == "application/json");
    CHECK(results[i]->body == "/" + std::to_string(i));
  }
  CHECK(connections == 1);
}

TEST_CASE("client: fetch carries method, headers, prefix and body", "[http]") {
  Request seen;
  LiveServer server(
      {.routes = {{"POST", "/base/report", 1024, immediate([&seen](const Request& request) {
                     seen = request;
                     Response response{.status = 409, .body = "taken"};
                     response.headers.emplace_back("X-Why", "because");
                     return response;
                   })}}});
  Url origin = origin_at(server.port());
  origin.path = "/base";
  const auto answer = fetch(origin, {.method = "POST",
                                     .target = "/report?x=1",
                                     .headers = {{"Authorization", "Bearer t"}},
                                     .body = "payload"});
  REQUIRE(answer);
  CHECK(answer->status == 409);
  CHECK(answer->body == "taken");
  CHECK(seen.query == "x=1");
  CHECK(seen.body == "payload");
  CHECK(seen.header("authorization") == "Bearer t");
  CHECK(seen.header("host") == "127.0.0.1:" + origin.port);
  CHECK(std::ranges::count(answer->headers, Header{"x-why", "because"}) == 1);
}

TEST_CASE("client: names are looked up", "[http]") {
  LiveServer server(
      {.routes = {{"GET", "/", 64, immediate([](const Request&) { return Response{}; })}}});
  Url origin = origin_at(server.port());
  origin.host = "localhost";
  CHECK(fetch(origin, {}));
}

TEST_CASE("client: a kept connection that went stale is tried once more", "[http]") {
  SECTION("the second connection answers") {
    ScriptedServer server({{ok("a")}, {ok("b"), ok("c")}});
    const auto results = exchange(server.origin(), 3);
    REQUIRE(results.size() == 3);
    CHECK(results[0]->body == "a");
    REQUIRE(results[1]);
    CHECK(results[1]->body == "b");
    CHECK(results[2]->body == "c");
  }
  SECTION("a new connection that closes is an error") {
    ScriptedServer server({{ok("a")}, {""}});
    const auto results = exchange(server.origin(), 2);
    CHECK(results[0]);
    CHECK_FALSE(results[1]);
  }
  SECTION("an answer that broke off is not asked for twice") {
    ScriptedServer server({{ok("a"), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"}});
    const auto results = exchange(server.origin(), 2);
    CHECK(results[0]);
    CHECK_FALSE(results[1]);
  }
}

TEST_CASE("client: understands answers of other servers", "[http]") {
  const std::string chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n";
  const std::string until_close = "HTTP/1.0 200 OK\r\n\r\nhello!";
  ScriptedServer server({{chunked, until_close}});
  const auto results = exchange(server.origin(), 2);
  REQUIRE(results.size() == 2);
  for (const auto& result : results) {
    REQUIRE(result);
    CHECK(result->body == "hello!");
  }
}

TEST_CASE("client: bytes beyond an answer do not answer the next request", "[http]") {
  ScriptedServer server({{ok("a") + ok("stray")}, {ok("b")}});
  const auto results = exchange(server.origin(), 2);
  REQUIRE(results.size() == 2);
  CHECK(results[0]->body == "a");
  REQUIRE(results[1]);
  CHECK(results[1]->body == "b");
}

TEST_CASE("client: an answer larger than the limit is an error", "[http]") {
  const std::string answer =
      GENERATE(ok(std::string(101, 'x')), "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" +
                   std::string(101, 'x') + "\r\n0\r\n\r\n",
               "HTTP/1.1 200 OK\r\n\r\n" + std::string(101, 'x'));
  ScriptedServer server({{answer}});
  const auto results = exchange(server.origin(), 1, {.response_bytes = 100});
  REQUIRE(results.size() == 1);
  REQUIRE_FALSE(results[0]);
  CHECK(results[0].error().code == errc::message_size);
  CHECK(results[0].error().message().find("over 100 bytes") != std::string::npos);
}

TEST_CASE("client: garbage is an error, and the next request gets a new connection", "[http]") {
  const std::string garbage =
      GENERATE(as<std::string>{}, "\x16\x03\x01", "hello\r\n\r\n", "HTTP/1.1 999999 X\r\n\r\n",
               "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
               "HTTP/1.1 200 OK\r\nA: " + std::string(100'000, 'x'),
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "");
  CAPTURE(garbage);
  ScriptedServer server({{garbage}, {ok("fine")}});
  const auto results = exchange(server.origin(), 2);
  REQUIRE(results.size() == 2);
  CHECK_FALSE(results[0]);
  REQUIRE(results[1]);
  CHECK(results[1]->body == "fine");
}

TEST_CASE("client: an answer that does not come times out", "[http]") {
  Respond waiting;
  LiveServer server(
      {.routes = {{"GET", "/*", 64, [&waiting](const Request& request, Respond respond) {
                     if (request.path == "/0")
                       waiting = std::move(respond);
                     else
                       respond({.body = "x"});
                   }}}});
  const auto results =
      exchange(origin_at(server.port()), 2, {.timeout = std::chrono::milliseconds(100)});
  REQUIRE(results.size() == 2);
  REQUIRE_FALSE(results[0]);
  CHECK(results[0].error().code == errc::timed_out);
  CHECK(results[1]);  // whoever waits behind it is not lost
  server.on_thread([&waiting] { waiting = {}; });
}

TEST_CASE("client: nobody listening is an error that names the step", "[http]") {
  std::uint16_t free_port = 0;
  {
    boost::asio::io_context io;
    free_port =
        tcp::acceptor(io, {boost::asio::ip::address_v4::loopback(), 0}).local_endpoint().port();
  }
  const auto answer = fetch(origin_at(free_port), {});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == errc::connection_refused);
  CHECK(answer.error().message().starts_with("connect to 127.0.0.1:"));
}

TEST_CASE("client: requests that are none never reach the wire", "[http]") {
  const auto answer = fetch(origin_at(1), {.target = "no path"});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().message() == "send request: target: must be a path in ASCII");
}

TEST_CASE("client: the queue is bounded", "[http]") {
  LiveServer server(
      {.routes = {{"GET", "/*", 64, immediate([](const Request&) { return Response{}; })}}});
  const auto results = exchange(origin_at(server.port()), 70);
  // One is on its way, 64 wait; the other five fail before any answer.
  REQUIRE(results.size() == 70);
  for (std::size_t i = 0; i < results.size(); ++i) {
    CAPTURE(i);
    CHECK(results[i].has_value() == (i >= 5));
    if (i < 5) CHECK(results[i].error().code == errc::resource_unavailable_try_again);
  }
}

TEST_CASE("client: destruction cancels what is in flight and what waits", "[http]") {
  Respond waiting;
  LiveServer server({.routes = {{"GET", "/*", 64, [&waiting](const Request&, Respond respond) {
                                   waiting = std::move(respond);
                                 }}}});
  boost::asio::io_context io;
  auto client = std::make_unique<Client>(io, origin_at(server.port()));
  int cancelled = 0;
  for (int i = 0; i < 3; ++i) {
    client->send({}, [&cancelled](const Result<Response>& result) {
      if (!result && result.error().code == errc::operation_canceled) ++cancelled;
    });
  }
  bool arrived = false;
  while (!arrived) {
    io.poll();
    server.on_thread([&] { arrived = waiting != nullptr; });
  }
  client.reset();
  CHECK(cancelled == 0);  // never from inside the destructor
  io.run();
  CHECK(cancelled == 3);
  server.on_thread([&waiting] { waiting = {}; });
}

TEST_CASE("client: a callback may send more or destroy its client", "[http]") {
  LiveServer server(
      {.routes = {{"GET", "/*", 64, immediate([](const Request&) { return Response{}; })}}});
  boost::asio::io_context io;
  auto client = std::make_unique<Client>(io, origin_at(server.port()));
  int answers = 0;
  client->send({}, [&](const Result<Response>& first) {
    answers += first ? 1 : 0;
    client->send({}, [&](const Result<Response>& second) {
      answers += second ? 1 : 0;
      client.reset();
    });
  });
  io.run();
  CHECK(answers == 2);
}

}  // namespace
}  // namespace kernwise::http
