// SPDX-License-Identifier: Apache-2.0
#include "common/http/server.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch_all.hpp>

#include "test/support/show_result.hpp"
#include "test/unit/http/echo_server.hpp"

namespace kernwise::http {
namespace {

TEST_CASE("server: listens where it is told or says why not", "[http]") {
  boost::asio::io_context io;
  const auto fails = [&io](const std::string& listen) {
    auto server = Server::start(io, {.listen = listen, .routes = {}});
    return server ? std::string("listens") : server.error().message();
  };
  const std::string bad =
      GENERATE("", "x", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "::1:80",
               "[127.0.0.1]:80", "host.name:80", "[::1]80");
  CAPTURE(bad);
  CHECK(fails(bad).starts_with("listen: expected address:port"));

  auto first = Server::start(io, {.listen = "localhost:0", .routes = {}});
  REQUIRE(first);
  const std::string taken = "127.0.0.1:" + std::to_string((*first)->port());
  CHECK(fails(taken) == "listen on " + taken + ": Address already in use");
  CHECK(fails("198.51.100.1:0").find("Cannot assign requested address") != std::string::npos);
}

TEST_CASE("server: a connection serves one request after another", "[http]") {
  LiveServer server(echo_options());
  RawClient client(server.port());
  for (int i = 0; i < 20; ++i) {
    const std::string body(static_cast<std::size_t>(i) * 50, 'b');
    REQUIRE(client.send(post("/echo", body)));
    const auto answer = client.read_answer();
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body == (body.empty() ? "/echo" : body));
    CHECK(answer->header("content-length") == std::to_string(answer->body.size()));
    CHECK(answer->header("content-type") == "text/plain");
    CHECK(answer->header("x-content-type-options") == "nosniff");
    CHECK_FALSE(answer->header("connection"));
    CHECK_FALSE(answer->header("transfer-encoding"));
  }
  CHECK(server.connections() == 1);
}

TEST_CASE("server: keep-alive follows version and Connection", "[http]") {
  LiveServer server(echo_options());
  SECTION("1.1 closes when asked to") {
    RawClient client(server.port());
    client.send(get("/", "Connection: close\r\n"));
    const auto answer = client.read_answer();
    REQUIRE(answer);
    CHECK(answer->header("connection") == "close");
    CHECK(client.is_closed());
  }
  SECTION("1.0 closes by itself") {
    RawClient client(server.port());
    client.send("GET / HTTP/1.0\r\nHost: x\r\n\r\n");
    CHECK(client.read_answer()->header("connection") == "close");
    CHECK(client.is_closed());
  }
  SECTION("1.0 stays when asked to") {
    RawClient client(server.port());
    for (int i = 0; i < 2; ++i) {
      client.send("GET / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n");
      CHECK(client.read_answer()->header("connection") == "keep-alive");
    }
  }
}

TEST_CASE("server: a caller that says no more still gets its answer", "[http]") {
  LiveServer server(echo_options());
  RawClient client(server.port());
  client.send(post("/echo", "last words"));
  client.finish_sending();
  CHECK(client.read_answer()->body == "last words");
  CHECK(client.is_closed());
}

TEST_CASE("server: header and body of an answer travel in one write", "[http]") {
  LiveServer server(echo_options());
  RawClient client(server.port());
  const std::string body(1000, 'b');
  for (std::uint32_t i = 1; i <= 5; ++i) {
    client.send(post("/echo", body));
    CHECK(client.read_answer()->body == body);
    CHECK(client.data_segments() == i);
  }
}

TEST_CASE("server: routes by path and method", "[http]") {
  LiveServer server(echo_options());
  const auto [request, status, allow] = GENERATE(table<std::string, int, std::string>({
      {get("/"), 200, ""},
      {get("/echo?x=1"), 200, ""},
      {get("/echo/"), 200, ""},
      {get("/files/a/b"), 200, ""},
      {get("/files"), 404, ""},
      {get("/nowhere"), 404, ""},
      {post("/", ""), 405, "GET"},
      {"HEAD /echo HTTP/1.1\r\nHost: x\r\n\r\n", 405, "GET, POST"},
      {"OPTIONS /echo HTTP/1.1\r\nHost: x\r\n\r\n", 405, "GET, POST"},
      {"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 405, "GET, POST"},
      {"TRACE /echo HTTP/1.1\r\nHost: x\r\n\r\n", 405, "GET, POST"},
      {"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 405, "GET, POST"},
      {"PUT /echo HTTP/1.1\r\nHost: x\r\n\r\n", 405, "GET, POST"},
  }));
  CAPTURE(request);
  const auto answer = ask(server, request);
  CHECK(answer.status == status);
  CHECK(answer.header("allow").value_or("") == allow);
}

TEST_CASE("server: an answer to HEAD has no body that would be read as the next answer", "[http]") {
  LiveServer server(echo_options());
  RawClient client(server.port());
  client.send("HEAD /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.read_answer()->header("content-length") == "0");
  client.send(get("/"));
  CHECK(client.read_answer()->body == "/");
}

TEST_CASE("server: a wrong path costs a connection only where a body came with it", "[http]") {
  LiveServer server(echo_options());
  RawClient client(server.port());
  client.send(get("/nowhere"));
  CHECK(client.read_answer()->body == R"({"error":"no such path"})");
  client.send(post("/nowhere", "body"));
  const auto answer = client.read_answer();
  REQUIRE(answer);
  CHECK(answer->status == 404);
  CHECK(answer->header("connection") == "close");
  client.finish_sending();
  CHECK(client.is_closed());
}

TEST_CASE("server: a body may be as long as its route allows and no longer", "[http]") {
  LiveServer server(echo_options());
  CHECK(ask(server, post("/echo", std::string(1024, 'b'))).status == 200);
  RawClient client(server.port());
  client.send(post("/echo", std::string(1025, 'b')));
  const auto answer = client.read_answer();
  REQUIRE(answer);
  CHECK(answer->status == 413);
  CHECK(answer->header("connection") == "close");
  client.finish_sending();
  CHECK(client.is_closed());
  // Refused by its announcement alone, however large.
  CHECK(ask(server, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9223372036854775807\r\n\r\n")
            .status == 413);
}

TEST_CASE("server: large bodies arrive whole, again and again", "[http]") {
  LiveServer server(echo_options());
  RawClient client(server.port());
  for (const std::size_t bytes : {230'000, 100, 3'000'000, 70'000, 65'536, 65'537, 1, 300'000}) {
    std::string body(bytes, '\0');
    for (std::size_t i = 0; i < bytes; ++i) body[i] = static_cast<char>('a' + i * 7 % 26);
    REQUIRE(client.send(post("/large", body)));
    const auto answer = client.read_answer();
    REQUIRE(answer);
    CHECK(answer->body == body);
  }
}

TEST_CASE("server: a listener may keep its errors to itself", "[http]") {
  LiveServer server(echo_options({.empty_errors = true}));
  for (const std::string& request : {get("/nowhere"), get("http://x/"), post("/", "")}) {
    CAPTURE(request);
    const auto answer = ask(server, request);
    CHECK(answer.status >= 400);
    CHECK(answer.header("content-length") == "0");
    CHECK(answer.body.empty());
  }
}

TEST_CASE("server: 100 Continue comes before the body and only for a welcome one", "[http]") {
  LiveServer server(echo_options());
  const auto expecting = [](const std::string& path, std::size_t bytes) {
    return "POST " + path + " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: " +
           std::to_string(bytes) + "\r\n\r\n";
  };
  RawClient client(server.port());
  client.send(expecting("/echo", 4));
  CHECK(client.read_answer()->status == 100);
  client.send("body");
  CHECK(client.read_answer()->body == "body");
  CHECK(ask(server, expecting("/echo", 1025)).status == 413);
  CHECK(ask(server, expecting("/nowhere", 4)).status == 404);
  CHECK(ask(server, expecting("/echo", 4) + "body").status == 200);  // came unasked: no interim
}

}  // namespace
}  // namespace kernwise::http
