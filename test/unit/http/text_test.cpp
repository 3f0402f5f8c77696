// SPDX-License-Identifier: Apache-2.0
// The pure parts around the sockets: messages, routing, response heads, urls.
#include <rapidcheck.h>

#include <catch2/catch_all.hpp>

#include "common/http/client.hpp"
#include "common/http/client_text.hpp"
#include "common/http/request_head.hpp"
#include "common/http/response_head.hpp"
#include "common/http/routing.hpp"
#include "common/http/syntax.hpp"
#include "test/support/show_result.hpp"

namespace kernwise::http {
namespace {

Request parsed(const std::string& target, bool expected = true) {
  const std::string block =
      "GET " + target + " HTTP/1.1\r\nHost: x\r\nX-Kind:  Mixed Case \r\n\r\n";
  Request request;
  const auto head = check_head(block);
  REQUIRE(head.has_value());
  CHECK(read_request_head(block, *head, request) == expected);
  return request;
}

TEST_CASE("request: path and query are taken apart", "[http]") {
  const auto [target, path, query] = GENERATE(table<std::string, std::string, std::string>({
      {"/", "/", ""},
      {"/?a=1", "/", "a=1"},
      {"/filter/", "/filter", ""},
      {"/filter/?x", "/filter", "x"},
      {"/v1/pods?namespace=a%20b&x=?", "/v1/pods", "namespace=a%20b&x=?"},
      {"/v1/explain/pod/shop/caf%C3%A9", "/v1/explain/pod/shop/caf\xc3\xa9", ""},
      {"/a%2Fb", "/a/b", ""},
      {"//", "/", ""},
      {"/..a/b..", "/..a/b..", ""},
  }));
  CAPTURE(target);
  const Request request = parsed(target);
  CHECK(request.path == path);
  CHECK(request.query == query);
}

TEST_CASE("request: paths that climb or hide control characters are refused", "[http]") {
  const std::string target =
      GENERATE("/..", "/a/../b", "/%2e%2e/x", "/a/./b", "/a%00b", "/a%0d%0ab", "/%1b%5b2J", "/%7f");
  CAPTURE(target);
  parsed(target, false);
}

TEST_CASE("request: headers are found by their lower-case name", "[http]") {
  const Request request = parsed("/");
  CHECK(request.method == "GET");
  CHECK(request.header("x-kind") == "Mixed Case");
  CHECK(request.header("host") == "x");
  CHECK(request.header("absent").empty());
}

TEST_CASE("request: query parameters are decoded", "[http]") {
  const auto [query, name, value] = GENERATE(table<std::string, std::string, std::string>({
      {"a=1&b=2", "b", "2"},
      {"a=1&a=2", "a", "1"},
      {"query=up%7Bjob%3D%22x%22%7D+%2B+1", "query", "up{job=\"x\"} + 1"},
      {"a%20b=c", "a b", "c"},
      {"flag&x=1", "flag", ""},
      {"a=b=c", "a", "b=c"},
      {"=1", "", "1"},
      {"", "a", ""},
      {"&&", "a", ""},
      {"a=%", "a", "%"},
      {"a=%4", "a", "%4"},
  }));
  CAPTURE(query);
  CHECK(Request{.query = query}.parameter(name) == value);
}

TEST_CASE("request: decoding never makes a text longer", "[http]") {
  REQUIRE(rc::check("percent_decode", [](const std::string& text) {
    RC_ASSERT(percent_decode(text, true).size() <= text.size());
    RC_ASSERT(percent_decode(text, false).size() <= text.size());
  }));
}

TEST_CASE("error_response: is JSON that names the field", "[http]") {
  CHECK(error_response(400, "expected a number", "shares.disk").body ==
        R"({"error":"expected a number","field":"shares.disk"})");
  const Response plain = error_response(404, "no \"such\" path");
  CHECK(plain.status == 404);
  CHECK(plain.content_type == "application/json");
  CHECK(plain.body == R"({"error":"no \"such\" path"})");
}

TEST_CASE("routing: the closest path decides, then the method", "[http]") {
  std::vector<Route> routes;
  for (const auto& [method, path] :
       std::vector<std::pair<std::string, std::string>>{{"GET", "/*"},
                                                        {"POST", "/v1/report"},
                                                        {"GET", "/v1/explain/*"},
                                                        {"GET", "/metrics"},
                                                        {"POST", "/metrics"}}) {
    routes.push_back({.method = method, .path = path, .handler = {}});
  }
  const auto [method, path, found, allow] =
      GENERATE(table<std::string, std::string, std::string, std::string>({
          {"GET", "/", "/*", ""},
          {"GET", "/app.js", "/*", ""},
          {"GET", "/v1/explain/pod/a/b", "/v1/explain/*", ""},
          {"GET", "/v1/explain", "/*", ""},
          {"GET", "/v1/report", "", "POST"},
          {"POST", "/v1/report", "/v1/report", ""},
          {"POST", "/v1/explain/x", "", "GET"},
          {"DELETE", "/metrics", "", "GET, POST"},
          {"get", "/metrics", "", "GET, POST"},
      }));
  CAPTURE(method, path);
  const RouteMatch match = find_route(routes, method, path);
  CHECK((match.route == nullptr ? "" : match.route->path) == found);
  CHECK(match.allow == allow);
  CHECK(find_route({routes.begin() + 1, routes.end()}, "GET", "/nowhere").allow.empty());
  CHECK(all_methods(routes) == "GET, POST");
}

TEST_CASE("response head: says what it must and nothing that breaks a line", "[http]") {
  std::string head;
  const Response response{.status = 200,
                          .content_type = "text/plain",
                          .body = {},
                          .headers = {{"ETag", "\"1\""},
                                      {"X-Bad", "a\r\nSet-Cookie: b"},
                                      {"bad name", "x"},
                                      {"Content-Length", "99"},
                                      {"transfer-encoding", "chunked"}}};
  append_response_head(head, response, 12, Keep::open);
  CHECK(head ==
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n"
        "X-Content-Type-Options: nosniff\r\nETag: \"1\"\r\n\r\n");
}

TEST_CASE("response head: statuses without body have no length", "[http]") {
  for (const int status : {204, 304}) {
    std::string head;
    append_response_head(head, {.status = status, .body = {}}, 0, Keep::closed);
    CHECK(head.find("Content-Length") == std::string::npos);
    CHECK(head.ends_with("Connection: close\r\n\r\n"));
  }
}

TEST_CASE("url: parts are taken apart", "[http]") {
  const auto [text, host, port, path] =
      GENERATE(table<std::string, std::string, std::string, std::string>({
          {"http://127.0.0.1:8888", "127.0.0.1", "8888", ""},
          {"http://orch.kernwise.svc/prefix", "orch.kernwise.svc", "80", "/prefix"},
          {"HTTP://[::1]:9/", "::1", "9", "/"},
          {"https://a", "a", "443", ""},
      }));
  CAPTURE(text);
  const auto url = parse_url(text);
  REQUIRE(url);
  CHECK(url->host == host);
  CHECK(url->port == port);
  CHECK(url->path == path);
}

TEST_CASE("url: what is none is refused", "[http]") {
  const std::string text = GENERATE(
      "", "http", "http://", "ftp://a", "a:80", "http://a:0", "http://a:65536", "http://a:x",
      "http://a:", "http://user@a", "http://[::1", "http://[::1]x", "http://a b", "http://a/ b",
      "http://a?x=1", "http://a/x?y=1", "http://a/#f", "http://a\r\nX: y", "://a");
  CAPTURE(text);
  const auto url = parse_url(text);
  REQUIRE_FALSE(url);
  CHECK(url.error().message().starts_with("url: "));
}

TEST_CASE("url: any text is parsed or refused", "[http]") {
  REQUIRE(rc::check("parse_url", [](const std::string& text) {
    static_cast<void>(parse_url(text));
    const auto url = parse_url("http://" + text);
    if (url) RC_ASSERT(check_request(*url, {}).has_value());
  }));
}

TEST_CASE("client request: prefix, Host and refusals", "[http]") {
  const Url origin{.scheme = "http", .host = "::1", .port = "80", .path = "/base/"};
  CHECK(full_target(origin, "/x") == "/base/x");
  CHECK(full_target(origin, "/") == "/base");
  CHECK(host_field(origin) == "[::1]");
  CHECK(host_field({.scheme = "http", .host = "a", .port = "81"}) == "a:81");
  CHECK(check_request(origin, {}));
  CHECK_FALSE(check_request(origin, {.target = "x"}));
  CHECK_FALSE(check_request(origin, {.target = "/a b"}));
  CHECK_FALSE(check_request(origin, {.method = "GE T"}));
  CHECK_FALSE(check_request(origin, {.headers = {{"A", "b\r\nC: d"}}}));
  CHECK(check_request({.scheme = "https", .host = "a", .port = "443"}, {}));
  CHECK_FALSE(check_request({.scheme = "ftp", .host = "a", .port = "21"}, {}));
  CHECK_FALSE(check_request({.scheme = "http", .host = "a", .port = "x"}, {}));
}

}  // namespace
}  // namespace kernwise::http
