// SPDX-License-Identifier: Apache-2.0
// Handlers that answer late, never or badly, and the end of the server.
#include <catch2/catch_all.hpp>
#include <map>
#include <stdexcept>
#include <utility>

#include "test/unit/http/echo_server.hpp"

namespace kernwise::http {
namespace {

TEST_CASE("server: handlers may answer later", "[http]") {
  std::vector<Respond> waiting;
  ServerOptions options = echo_options();
  options.routes.push_back(
      {"GET", "/later", 64,
       [&waiting](const Request&, const Respond& respond) { waiting.push_back(respond); }});
  LiveServer server(std::move(options));
  const auto until_waiting = [&] {
    bool arrived = false;
    while (!arrived) server.on_thread([&] { arrived = !waiting.empty(); });
  };
  RawClient client(server.port());
  client.send(get("/later"));
  until_waiting();
  CHECK(ask(server, get("/")).status == 200);  // nobody else waits
  SECTION("with an answer, which counts once") {
    server.on_thread([&] {
      const auto respond = std::exchange(waiting, {}).front();
      respond(text_response(200, "late"));
      respond(text_response(200, "later still"));
    });
    CHECK(client.read_answer()->body == "late");
    client.send(get("/"));
    CHECK(client.read_answer()->body == "/");
  }
  SECTION("or never, which is an error of ours") {
    server.on_thread([&] { waiting.clear(); });
    CHECK(client.read_answer()->status == 500);
  }
  SECTION("or when the server is gone") {
    server.destroy();
    CHECK(client.is_closed());
    server.on_thread([&] { std::exchange(waiting, {}).front()(text_response(200, "late")); });
  }
  SECTION("or to a caller who left") {
    {
      const RawClient gone = std::move(client);
    }
    server.on_thread([&] { std::exchange(waiting, {}).front()(text_response(200, "late")); });
    CHECK(ask(server, get("/")).status == 200);
  }
}

TEST_CASE("server: a handler that fails answers 500 and the process lives on", "[http]") {
  ServerOptions options = echo_options();
  options.routes.push_back({"GET", "/throws", 64, immediate([](const Request&) -> Response {
                              throw std::runtime_error("secret");
                            })});
  options.routes.push_back(
      {"GET", "/throws-int", 64, [](const Request&, const Respond&) { throw 1; }});
  options.routes.push_back(
      {"GET", "/answers-then-throws", 64, [](const Request&, const Respond& respond) {
         respond(text_response(200, "ok"));
         throw 1;
       }});
  options.routes.push_back(
      {"GET", "/odd-status", 64, immediate([](const Request&) { return text_response(99, "x"); })});
  LiveServer server(std::move(options));
  RawClient client(server.port());
  for (const auto& [path, status] : std::map<std::string, int>{{"/throws", 500},
                                                               {"/throws-int", 500},
                                                               {"/answers-then-throws", 200},
                                                               {"/odd-status", 500},
                                                               {"/echo", 200}}) {
    CAPTURE(path);
    client.send(get(path));
    const auto answer = client.read_answer();
    REQUIRE(answer);
    CHECK(answer->status == status);
    CHECK(answer->body.find("secret") == std::string::npos);
  }
}

TEST_CASE("server: an answer may quote the request", "[http]") {
  LiveServer server(echo_options());
  RawClient client(server.port());
  // One connection, and more pieces than are written at once.
  for (const std::size_t size : {0, 1, 999, 1'000, 1'001, 70'000, 3'000'000, 5}) {
    std::string body;
    while (body.size() < size) body += std::to_string(body.size()) + ' ';
    body.resize(size);
    client.send(post("/quote", body));
    const auto answer = client.read_answer();
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK((answer->body == quotation_of(body)));
  }
}

TEST_CASE("server: draining ends idle connections and lets answers under way out", "[http]") {
  Respond waiting;
  ServerOptions options = echo_options();
  options.routes.push_back({"GET", "/later", 64, [&waiting](const Request&, Respond respond) {
                              waiting = std::move(respond);
                            }});
  LiveServer server(std::move(options));
  RawClient fresh(server.port());
  RawClient idle(server.port());
  idle.send(get("/"));
  REQUIRE(idle.read_answer());
  RawClient busy(server.port());
  busy.send(get("/later"));
  bool arrived = false;
  while (!arrived) server.on_thread([&] { arrived = waiting != nullptr; });

  server.drain();
  CHECK(idle.is_closed());
  CHECK(fresh.is_closed());
  CHECK_THROWS(RawClient(server.port()));
  server.on_thread([&] { std::exchange(waiting, {})(text_response(200, "late")); });
  const auto answer = busy.read_answer();
  REQUIRE(answer);
  CHECK(answer->body == "late");
  CHECK(answer->header("connection") == "close");
  CHECK(busy.is_closed());
  CHECK(server.connections() == 0);
}

TEST_CASE("server: a handler may destroy the server it runs in", "[http]") {
  LiveServer* self = nullptr;
  LiveServer server(
      {.routes = {{"POST", "/end", 64, [&self](const Request& request, const Respond& respond) {
                     self->destroy_here();
                     respond(echo(request));
                   }}}});
  self = &server;
  RawClient client(server.port());
  client.send(post("/end", "bye"));
  CHECK(client.is_closed());
}

TEST_CASE("server: the observer hears of every answer", "[http]") {
  std::vector<std::pair<std::string, int>> heard;
  ServerOptions options = echo_options();
  options.observer = [&heard](std::string_view route, int status, std::chrono::nanoseconds spent) {
    heard.emplace_back(route, spent.count() >= 0 ? status : -1);
  };
  LiveServer server(std::move(options));
  for (const std::string& request : {get("/echo/?x"), get("/files/a"), get("/nowhere"), get("*"),
                                     post("/echo", std::string(2000, 'b'))}) {
    RawClient client(server.port());
    client.send(request);
    REQUIRE(client.read_answer());
    client.finish_sending();
    CHECK(client.is_closed());
  }
  server.on_thread([&] {
    CHECK(heard == std::vector<std::pair<std::string, int>>{
                       {"/echo", 200}, {"/files/*", 200}, {"", 404}, {"", 400}, {"/echo", 413}});
  });
}

}  // namespace
}  // namespace kernwise::http
