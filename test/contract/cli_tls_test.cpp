// SPDX-License-Identifier: Apache-2.0
// The command line over TLS, against the listener that the programs have.
#include <catch2/catch_all.hpp>
#include <sstream>

#include "cli/command.hpp"
#include "orchestrator/app/orchestrator.hpp"
#include "test/support/authority.hpp"
#include "test/support/live_server.hpp"

namespace kernwise::cli {
namespace {

using orchestrator::Orchestrator;
using test::Authority;

struct Said {
  int code = 0;
  std::string out, err;
};

Said say(const std::vector<std::string>& arguments, const options::Environment& environment = {}) {
  std::ostringstream out, err;
  const int code = run(arguments, environment, out, err);
  return {code, out.str(), err.str()};
}

http::ServerTls tls_of(const Authority::Files& files) {
  http::ServerTls tls;
  tls.certificate_file = files.certificate;
  tls.key_file = files.key;
  return tls;
}

std::string at(std::uint16_t port) {
  return "https://127.0.0.1:" + std::to_string(port);
}

}  // namespace

TEST_CASE("cli: the API over TLS, whoever it claims to be is verified", "[cli]") {
  const Authority authority, stranger;
  orchestrator::Config config;
  config.scheduler_listen = config.ingest_listen = config.api_listen = "127.0.0.1:0";
  config.api_tls = tls_of(authority.issue("DNS:kernwise.example,IP:127.0.0.1"));
  const auto program = Orchestrator::start(config).value();
  const std::string url = at(program->ports().api);
  const std::string ca = authority.ca_file();

  CHECK(say({"--server", url, "--ca", ca, "top", "nodes"}).code == 0);
  CHECK(say({"top", "nodes", "--server", url, "--ca", ca}).code == 0);  // after the verb, too
  CHECK(say({"top", "nodes"}, {{"KERNWISE_SERVER", url}, {"KERNWISE_CA", ca}}).code == 0);
  CHECK(say({"--server", url, "--ca", ca, "--server-name", "kernwise.example", "decisions"}).code ==
        0);

  struct Row {
    const char* what;
    std::vector<std::string> options;
    const char* complaint;
  };
  const std::vector<Row> rows{
      {"another authority", {"--ca", stranger.ca_file()}, "certificate"},
      {"the system's authorities", {}, "certificate"},
      {"another name", {"--ca", ca, "--server-name", "else.example"}, "certificate"},
      {"no such file", {"--ca", "/nowhere/ca.pem"}, "/nowhere/ca.pem"},
      {"half a pair", {"--ca", ca, "--cert", "x.pem"}, "cert: needs --key"},
      {"the other half", {"--ca", ca, "--key", "x.pem"}, "cert: needs --key"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    std::vector<std::string> arguments{"--server", url};
    arguments.insert(arguments.end(), row.options.begin(), row.options.end());
    arguments.insert(arguments.end(), {"top", "nodes"});
    const Said said = say(arguments);
    CAPTURE(said.err);
    CHECK(said.code == 1);
    CHECK(said.out.empty());
    CHECK(said.err.find(row.complaint) != std::string::npos);
  }
}

TEST_CASE("cli: TLS for a plain address is an error, not plain text", "[cli]") {
  const auto* const option = GENERATE("--ca", "--cert", "--key", "--server-name");
  CAPTURE(option);
  const Said said = say({"--server", "http://127.0.0.1:1", option, "x", "top", "nodes"});
  CHECK(said.code == 1);
  CHECK(said.err.find(std::string(option).substr(2) + ": needs https://") != std::string::npos);
}

TEST_CASE("cli: a listener that demands a certificate gets ours, and no other will do", "[cli]") {
  const Authority authority, clients, stranger;
  http::ServerTls tls = tls_of(authority.issue("IP:127.0.0.1"));
  tls.client_ca_file = clients.ca_file();
  tls.client_names = {"operator"};
  const auto nodes = [](const http::Request&) {
    return http::Response{.body = R"({"apiVersion":"kernwise.io/v1alpha1","items":[]})"};
  };
  const test::LiveServer server(
      {.routes = {{"GET", "/v1/nodes", 64, http::immediate(nodes)}}, .tls = tls});
  const auto ask = [&](const std::optional<Authority::Files>& files) {
    std::vector<std::string> arguments{"--server", at(server.port()), "--ca", authority.ca_file()};
    if (files) {
      arguments.insert(arguments.end(), {"--cert", files->certificate, "--key", files->key});
    }
    arguments.insert(arguments.end(), {"top", "nodes", "-o", "json"});
    return say(arguments);
  };
  const Said good = ask(clients.issue("DNS:operator", "operator"));
  CAPTURE(good.err);
  CHECK(good.code == 0);
  CHECK(good.out.find("items") != std::string::npos);
  CHECK(ask(std::nullopt).code == 1);
  CHECK(ask(stranger.issue("DNS:operator", "operator")).code == 1);
  CHECK(ask(clients.issue("DNS:intruder", "intruder")).code == 1);
  const Authority::Files mixed{clients.issue("DNS:operator", "operator").certificate,
                               stranger.issue("DNS:operator", "operator").key};
  CHECK(ask(mixed).code == 1);
}

}  // namespace kernwise::cli
