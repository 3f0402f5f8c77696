// SPDX-License-Identifier: Apache-2.0
#include "common/kube/access.hpp"

#include <rapidcheck.h>

#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>

#include "common/kube/base64.hpp"
#include "test/support/show_result.hpp"

namespace kernwise::kube {
namespace {

using Catch::Matchers::ContainsSubstring;

const std::string kPem = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n";

/// A kubeconfig with one cluster and one user, whose parts are these flow mappings.
std::string config(const std::string& cluster, const std::string& user) {
  return "apiVersion: v1\nkind: Config\ncurrent-context: here\ncontexts:\n"
         "- name: here\n  context: {cluster: c, user: jo, namespace: shop}\n"
         "clusters:\n- name: c\n  cluster: " +
         cluster + "\nusers:\n- name: jo\n  user: " + user + "\n";
}

constexpr const char* kServer = "{server: \"https://api.example:6443/prefix\"}";

}  // namespace

TEST_CASE("kubeconfig: the current context, with files beside it", "[kube]") {
  const auto access = parse_kubeconfig(
      config("{server: \"https://10.0.0.1:6443/k\", certificate-authority: ca.crt, "
             "tls-server-name: api}",
             "{client-certificate: me.crt, client-key: /keys/me.key, tokenFile: ../token}"),
      "/home/jo/.kube");
  REQUIRE(access);
  CHECK(access->origin.scheme == "https");
  CHECK(access->origin.host == "10.0.0.1");
  CHECK(access->origin.port == "6443");
  CHECK(access->origin.path == "/k");
  CHECK(access->tls.ca_file == "/home/jo/.kube/ca.crt");
  CHECK(access->tls.server_name == "api");
  CHECK(access->tls.certificate_file == "/home/jo/.kube/me.crt");
  CHECK(access->tls.key_file == "/keys/me.key");
  CHECK(access->token_file == "/home/jo/.kube/../token");
  CHECK(access->name_space == "shop");
  CHECK_FALSE(access->plugin);
}

TEST_CASE("kubeconfig: certificates in the file itself", "[kube]") {
  const auto pem = base64_encode(kPem);
  const auto access = parse_kubeconfig(
      config("{server: \"https://a\", certificate-authority: no, certificate-authority-data: " +
                 pem + "}",
             "{token: t0k, client-certificate-data: " + pem + ", client-key-data: " + pem + "}"),
      "/k");
  REQUIRE(access);
  CHECK(access->tls.ca_pem == kPem);
  CHECK(access->tls.ca_file.empty());
  CHECK(access->tls.certificate_pem == kPem);
  CHECK(access->tls.key_pem == kPem);
  CHECK(access->token == "t0k");
  CHECK(access->origin.port == "443");
}

TEST_CASE("kubeconfig: a context that is asked for", "[kube]") {
  const std::string text =
      config(kServer, "{token: t}") + "\npreferences: {}\nextensions: [1, {a: b}]\n";
  CHECK(parse_kubeconfig(text, "", "here"));
  const auto other = parse_kubeconfig(text, "", "there");
  REQUIRE_FALSE(other);
  CHECK(other.error().message() == "kubeconfig: contexts: there is none called `there`");
}

TEST_CASE("kubeconfig: a credential plugin", "[kube]") {
  const auto access = parse_kubeconfig(
      config(kServer,
             "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: ./bin/login, "
             "args: [get, token], env: [{name: A, value: b}, {name: E}], installHint: get it, "
             "interactiveMode: IfAvailable, provideClusterInfo: true}}"),
      "/k");
  REQUIRE(access);
  REQUIRE(access->plugin);
  const auto& plugin = *access->plugin;
  CHECK(plugin.api_version == "client.authentication.k8s.io/v1beta1");
  CHECK(plugin.command == "/k/./bin/login");
  CHECK(plugin.arguments == std::vector<std::string>{"get", "token"});
  CHECK(plugin.environment ==
        std::vector<std::pair<std::string, std::string>>{{"A", "b"}, {"E", ""}});
  CHECK(plugin.install_hint == "get it");
  CHECK(plugin.wants_cluster);
}

TEST_CASE("kubeconfig: what is wrong is named", "[kube]") {
  const std::string exec = "exec: {apiVersion: client.authentication.k8s.io/v1, command: c";
  const auto [cluster, user,
              complaint] = GENERATE_COPY(table<std::string, std::string, std::string>({
      {"{server: \"https://a\", insecure-skip-tls-verify: true}", "{}",
       "clusters[c].cluster.insecure-skip-tls-verify: is not supported: the server is always"},
      {"{server: \"https://a\", insecure-skip-tls-verify: perhaps}", "{}",
       "insecure-skip-tls-verify: expected true or false"},
      {"{server: \"https://a\", proxy-url: \"http://p\"}", "{}", "proxy-url: proxies are not"},
      {"{server: \"http://api.example\"}", "{}", "server: http is spoken on this machine only"},
      {"{server: \"ftp://a\"}", "{}", "clusters[c].cluster.server: url: must begin with"},
      {"{}", "{}", "clusters[c].cluster.server: is missing"},
      {"[]", "{}", "clusters[0].cluster: expected a mapping"},
      {"{server: [1]}", "{}", "clusters[c].cluster.server: expected text"},
      {"{server: \"https://a\", certificate-authority-data: \"%%\"}", "{}",
       "certificate-authority-data: expected PEM in base64"},
      {"{server: \"https://a\", certificate-authority-data: aGVsbG8=}", "{}",
       "certificate-authority-data: expected PEM in base64"},
      {kServer, "{username: jo, password: x}", "users[jo].user.username: passwords are not"},
      {kServer, "{auth-provider: {name: gcp}}", "users[jo].user.auth-provider: is not supported"},
      {kServer, "{as: root}", "users[jo].user.as: impersonation"},
      {kServer, "{client-certificate: a}", "users[jo].user.client-key: is missing"},
      {kServer, "{client-key: a}", "users[jo].user.client-certificate: is missing"},
      {kServer, "{token: {a: b}}", "users[jo].user.token: expected text"},
      {kServer, "{exec: text}", "users[jo].user.exec: expected a mapping"},
      {kServer, "{exec: {command: c}}", "users[jo].user.exec.apiVersion: expected client."},
      {kServer, "{exec: {apiVersion: client.authentication.k8s.io/v1}}",
       "users[jo].user.exec.command: is missing"},
      {kServer, "{" + exec + ", interactiveMode: Always}}", "exec.interactiveMode: Always"},
      {kServer, "{" + exec + ", args: {a: b}}}", "exec.args: expected a list of at most 256"},
      {kServer, "{" + exec + ", args: [[a]]}}", "exec.args[0]: expected text"},
      {kServer, "{" + exec + ", env: [{name: A=B}]}}", "exec.env[0].name: not the name"},
  }));
  CAPTURE(cluster, user);
  const auto access = parse_kubeconfig(config(cluster, user), "/k");
  REQUIRE_FALSE(access);
  CHECK_THAT(access.error().message(), ContainsSubstring(complaint));
}

TEST_CASE("kubeconfig: hostile files are refused", "[kube]") {
  const auto text =
      GENERATE(as<std::string>(), "", "[]", "a", "{", "current-context: x",
               "contexts: [[]]\ncurrent-context: x", "contexts: [{name: x}]\ncurrent-context: x",
               "clusters: {a: b}\ncontexts: []\ncurrent-context: x", "a: b\n---\nc: d",
               std::string(2UL << 20U, 'a'), "\xFF", "? [a]\n: b");
  CHECK_FALSE(parse_kubeconfig(text, "/k"));
}

TEST_CASE("kubeconfig: total over all inputs", "[kube]") {
  const auto whole = config("{server: \"https://a\", certificate-authority-data: aGVsbG8=}",
                            "{exec: {apiVersion: client.authentication.k8s.io/v1, command: c, "
                            "args: [a], env: [{name: A, value: b}]}}");
  REQUIRE(rc::check("no crash on a changed file", [&whole] {
    auto text = whole;
    const auto changes = *rc::gen::inRange(1, 6);
    for (int i = 0; i < changes; ++i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
      text[at] = *rc::gen::element('{', '}', '[', ']', ':', '-', '&', '*', '\n', ' ', '\0', 'a');
    }
    static_cast<void>(parse_kubeconfig(text, "/k"));
  }));
}

TEST_CASE("kubeconfig: loopback may be plain", "[kube]") {
  for (const std::string host : {"127.0.0.1:8001", "localhost:8001", "[::1]:8001"}) {
    CAPTURE(host);
    CHECK(parse_kubeconfig(config("{server: \"http://" + host + "\"}", "{}"), ""));
  }
}

TEST_CASE("in-cluster: address from the environment, the rest from the mounted files", "[kube]") {
  const auto root =
      std::filesystem::temp_directory_path() / ("kernwise-pod-" + std::to_string(::getpid()));
  const auto folder = root / "var/run/secrets/kubernetes.io/serviceaccount";
  std::filesystem::create_directories(folder);
  Environment environment{{"KUBERNETES_SERVICE_HOST", "fd00::1"},
                          {"KUBERNETES_SERVICE_PORT", "443"}};
  CHECK_FALSE(in_cluster_access(environment, root.string()));
  std::ofstream(folder / "ca.crt") << kPem;
  CHECK_FALSE(in_cluster_access(environment, root.string()));
  std::ofstream(folder / "token") << "t";
  std::ofstream(folder / "namespace") << "kernwise\n";
  const auto access = in_cluster_access(environment, root.string());
  REQUIRE(access);
  CHECK(access->origin.host == "fd00::1");
  CHECK(access->origin.port == "443");
  CHECK(access->tls.ca_file == (folder / "ca.crt").string());
  CHECK(access->token_file == (folder / "token").string());
  CHECK(access->name_space == "kernwise");
  environment["KUBERNETES_SERVICE_PORT"] = "70000";
  CHECK_FALSE(in_cluster_access(environment, root.string()));
  CHECK_FALSE(in_cluster_access({}, root.string()));
  std::filesystem::remove_all(root);
}

TEST_CASE("base64: there and back, and nothing else", "[kube]") {
  const auto bytes = GENERATE(as<std::string>(), "", "f", "fo", "foo", "foob", std::string(3, '\0'),
                              std::string("a\0\0", 3));
  CHECK(base64_decode(base64_encode(bytes)) == bytes);
  for (const std::string text : {"a", "ab", "abc", "a=bc", "====", "a===", "ab=c", "ab%d"}) {
    CAPTURE(text);
    CHECK_FALSE(base64_decode(text));
  }
  CHECK(base64_decode("Zm9v\nYmFy\n") == "foobar");
}

}  // namespace kernwise::kube
