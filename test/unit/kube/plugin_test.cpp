// SPDX-License-Identifier: Apache-2.0
#include "common/kube/plugin.hpp"

#include <catch2/catch_all.hpp>

#include "common/kube/times.hpp"
#include "test/support/show_result.hpp"

namespace kernwise::kube {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

constexpr const char* kV1 = "client.authentication.k8s.io/v1";

std::string credential(const std::string& status) {
  return std::string(R"({"kind":"ExecCredential","apiVersion":")") + kV1 + R"(","status":)" +
         status + "}";
}

/// Access by a plugin that is this shell script.
Access by_script(const std::string& script) {
  Access access;
  access.origin = {.scheme = "https", .host = "api", .port = "6443"};
  access.plugin = CredentialPlugin{.api_version = kV1,
                                   .command = "/bin/sh",
                                   .arguments = {"-c", script},
                                   .environment = {{"ANSWER", credential(R"({"token":"t0k"})")}},
                                   .install_hint = "install it"};
  return access;
}

}  // namespace

TEST_CASE("ExecCredential: token, certificate and end", "[kube]") {
  const auto token = parse_exec_credential(
      credential(R"({"token":"t","expirationTimestamp":"2026-01-01T00:00:00Z"})"), kV1);
  REQUIRE(token);
  CHECK(token->token == "t");
  CHECK(token->expires == parse_time("2026-01-01T00:00:00Z"));
  const auto pair = parse_exec_credential(
      credential(R"({"clientCertificateData":"c\n","clientKeyData":"k"})"), kV1);
  REQUIRE(pair);
  CHECK(pair->certificate_pem == "c\n");
  CHECK(pair->key_pem == "k");
  CHECK_FALSE(pair->expires);
}

TEST_CASE("ExecCredential: what is wrong is named", "[kube]") {
  const auto [text, complaint] = GENERATE(table<std::string, std::string>({
      {"", "ExecCredential"},
      {"[]", "ExecCredential"},
      {R"({"kind":"Pod"})", "kind: expected ExecCredential"},
      {R"({"kind":"ExecCredential","apiVersion":"v2"})", "apiVersion: expected client."},
      {R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1"})", "status"},
      {credential("{}"), "status: expected a token or a certificate"},
      {credential(R"({"token":7})"), "status.token: expected a string"},
      {credential(R"({"clientKeyData":"k"})"), "come together"},
      {credential(R"({"token":"t","expirationTimestamp":"soon"})"), "expirationTimestamp"},
  }));
  CAPTURE(text);
  const auto parsed = parse_exec_credential(text, kV1);
  REQUIRE_FALSE(parsed);
  CHECK_THAT(parsed.error().message(), ContainsSubstring(complaint));
}

TEST_CASE("run_plugin: its token is shown from then on", "[kube]") {
  auto access = by_script("read line; echo \"$ANSWER\"");  // there is nothing to read
  const auto expires = run_plugin(access, {{"PATH", "/bin"}});
  REQUIRE(expires);
  CHECK_FALSE(*expires);
  CHECK(access.token == "t0k");
}

TEST_CASE("run_plugin: it is told of the cluster only when it asks", "[kube]") {
  const std::string script =
      "case $KUBERNETES_EXEC_INFO in *'\"server\":\"https://api:6443\"'*) echo \"$ANSWER\";; esac";
  auto access = by_script(script);
  CHECK_FALSE(run_plugin(access, {}));
  access.plugin->wants_cluster = true;
  CHECK(run_plugin(access, {}));
}

TEST_CASE("run_plugin: nothing to run is fine", "[kube]") {
  Access access;
  CHECK(run_plugin(access, {}));
}

TEST_CASE("run_plugin: what goes wrong is named, and nothing stays", "[kube]") {
  const auto [script, complaint] = GENERATE(table<std::string, std::string>({
      {"exit 3", "exits with status 3"},
      {"kill -9 $$", "killed by a signal"},
      {"yes", "prints more than 1 MiB"},
      {"echo no", "ExecCredential"},
      {"sleep 1000 & echo \"$ANSWER\"; exec >&-; wait", "no answer: Connection timed out"},
      {"sleep 1000", "no answer: Connection timed out"},
  }));
  CAPTURE(script);
  auto access = by_script(script);
  const auto ran = run_plugin(access, {{"PATH", "/usr/bin:/bin"}},
                              complaint.starts_with("no answer") ? 50ms : 20'000ms);
  REQUIRE_FALSE(ran);
  CHECK_THAT(ran.error().message(), ContainsSubstring("credential plugin /bin/sh: "));
  CHECK_THAT(ran.error().message(), ContainsSubstring(complaint));
  CHECK(access.token.empty());
}

TEST_CASE("run_plugin: one that is not there says how to get it", "[kube]") {
  auto access = by_script("");
  access.plugin->command = "/nowhere/login";
  const auto ran = run_plugin(access, {});
  REQUIRE_FALSE(ran);
  CHECK_THAT(ran.error().message(), ContainsSubstring("start (install it): No such file"));
}

}  // namespace kernwise::kube
