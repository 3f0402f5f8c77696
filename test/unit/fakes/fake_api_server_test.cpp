// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "common/http/client.hpp"
#include "test/fakes/kube/server.hpp"

namespace kernwise::test {
namespace {

Result<http::Response> fetch(FakeApiServer& server, const std::string& target,
                             http::ClientRequest::OnData on_data = {}) {
  const auto origin = http::parse_url(server.url());
  return http::fetch(*origin,
                     {.target = target,
                      .headers = {{"Authorization", "Bearer admin"}},
                      .on_data = std::move(on_data)},
                     {}, {.ca_file = server.ca_file()});
}

}  // namespace

TEST_CASE("fake API server: answers over TLS, and again after a stop", "[fakes]") {
  FakeApiServer server;
  const auto first = fetch(server, "/api/v1/namespaces/kube-system");
  REQUIRE(first.has_value());
  CHECK(first->status == 200);
  CHECK(text_at(json_of(first->body), "/metadata/name") == "kube-system");
  server.stop();
  CHECK_FALSE(fetch(server, "/readyz").has_value());
  server.start();
  const auto second = fetch(server, "/api/v1/namespaces/nobody");
  REQUIRE(second.has_value());
  CHECK(second->status == 404);
  CHECK(text_at(json_of(second->body), "/message") == "namespaces \"nobody\" not found");
}

TEST_CASE("fake API server: a watch comes in chunks and ends properly", "[fakes]") {
  FakeApiServer server;
  std::string got;
  const auto answer = fetch(server, "/api/v1/namespaces?watch=1", [&](const std::string& piece) {
    got += piece;
    if (got.find("kube-system") == std::string::npos) return;
    server.with([](ApiFront& front) { front.api().end_watches(); });
  });
  REQUIRE(answer.has_value());
  CHECK(std::ranges::count(got, '\n') == 4);
}

TEST_CASE("fake API server: a torn answer is no answer", "[fakes]") {
  FakeApiServer server;
  server.with([](ApiFront& front) { front.add({.kind = Fault::Kind::tear, .at = 20}); });
  CHECK_FALSE(fetch(server, "/api/v1/namespaces/kube-system").has_value());
  CHECK(fetch(server, "/api/v1/namespaces/kube-system").has_value());
}

}  // namespace kernwise::test
