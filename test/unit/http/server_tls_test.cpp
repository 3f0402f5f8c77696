// SPDX-License-Identifier: Apache-2.0
#include <openssl/ssl.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "common/http/client.hpp"
#include "test/support/show_result.hpp"
#include "test/support/tls_client.hpp"
#include "test/unit/http/echo_server.hpp"

namespace kernwise::http {
namespace {

using Catch::Matchers::ContainsSubstring;
using test::Authority;
using test::TlsClient;

ServerOptions secured(const Authority::Files& identity) {
  ServerOptions options = echo_options();
  options.tls = ServerTls{.certificate_file = identity.certificate, .key_file = identity.key};
  return options;
}

Url origin_of(const LiveServer& server) {
  return {.scheme = "https", .host = "127.0.0.1", .port = std::to_string(server.port())};
}

/// A file of the test as it is replaced on a node: written aside, then put in place.
void put(const std::string& from, const std::string& to) {
  std::filesystem::copy_file(from, to + ".new", std::filesystem::copy_options::overwrite_existing);
  std::filesystem::rename(to + ".new", to);
}

}  // namespace

TEST_CASE("server: serves over TLS on a connection that is kept", "[http]") {
  const Authority authority;
  LiveServer server(secured(authority.issue("IP:127.0.0.1")));
  boost::asio::io_context io;
  Client client(io, origin_of(server), {}, {.ca_file = authority.ca_file()});
  std::vector<std::string> bodies, answers;
  for (const std::size_t size : {1, 16'383, 16'384, 16'385, 100'000, 2'000'000}) {
    bodies.emplace_back(size, 'b');
    client.send({.method = "POST", .target = "/large", .body = bodies.back()},
                [&](const Result<Response>& answer) {
                  REQUIRE(answer);
                  answers.push_back(answer->body);
                });
  }
  io.run();
  CHECK(answers == bodies);
  CHECK(server.connections() == 1);

  std::string quoting;
  client.send({.method = "POST", .target = "/quote", .body = bodies.back()},
              [&](const Result<Response>& answer) { quoting = answer ? answer->body : ""; });
  io.restart();
  io.run();
  CHECK((quoting == quotation_of(bodies.back())));
}

TEST_CASE("server: speaks TLS 1.2 and 1.3 only, without resumption", "[http]") {
  const auto [newest, version] = GENERATE(table<int, std::string>({{TLS1_3_VERSION, "TLSv1.3"},
                                                                   {TLS1_2_VERSION, "TLSv1.2"},
                                                                   {TLS1_1_VERSION, ""},
                                                                   {TLS1_VERSION, ""}}));
  CAPTURE(newest);
  const Authority authority;
  LiveServer server(secured(authority.issue("IP:127.0.0.1")));
  TlsClient client(server.port(), {.ca_file = authority.ca_file(), .newest_version = newest});
  CHECK(client.shaken() == !version.empty());
  if (client.shaken()) CHECK(client.version() == version);
}

TEST_CASE("server: an answer over TLS ends with a farewell, also a refusal", "[http]") {
  const Authority authority;
  LiveServer server(secured(authority.issue("IP:127.0.0.1")));
  const auto [request, status] = GENERATE(table<std::string, std::string>({
      {get("/", "Connection: close\r\n"), "HTTP/1.1 200"},
      {get("http://elsewhere/"), "HTTP/1.1 400"},
      {post("/nowhere", "body"), "HTTP/1.1 404"},
      {get("/") + get("/"), "HTTP/1.1 200"},  // pipelined: one answer and the end
  }));
  CAPTURE(request);
  TlsClient client(server.port());
  REQUIRE(client.send(request));
  const auto answer = client.read_to_end();
  CHECK(answer.starts_with(status));
  CHECK(answer.find("HTTP/1.1", 1) == std::string::npos);
  CHECK(client.said_farewell());
}

TEST_CASE("server: does not start with a pair that cannot be used", "[http]") {
  const Authority authority;
  const auto one = authority.issue("IP:127.0.0.1"), another = authority.issue("IP:127.0.0.1");
  struct Row {
    std::string certificate, key, client_ca, complaint;
  };
  const std::vector<Row> rows{
      {"/nowhere.pem", one.key, "", "certificate file: open /nowhere.pem"},
      {one.certificate, "/nowhere.key", "", "key file: open /nowhere.key"},
      {one.key, one.key, "", "certificate file " + one.key},
      {one.certificate, one.certificate, "", "key file " + one.certificate},
      {one.certificate, another.key, "", "key file " + another.key},
      {one.certificate, one.key, one.key, "client CA file " + one.key},
  };
  for (const Row& row : rows) {
    boost::asio::io_context io;
    ServerOptions options = echo_options();
    options.tls = ServerTls{
        .certificate_file = row.certificate, .key_file = row.key, .client_ca_file = row.client_ca};
    const auto server = Server::start(io, std::move(options));
    REQUIRE_FALSE(server);
    CHECK_THAT(server.error().message(), ContainsSubstring("TLS: " + row.complaint));
  }
}

TEST_CASE("server: a new pair is for new connections, a broken one for none", "[http]") {
  const Authority authority;
  const auto first = authority.issue("IP:127.0.0.1", "first");
  const auto second = authority.issue("IP:127.0.0.1", "second");
  const Authority::Files files{authority.ca_file() + ".pair", authority.ca_file() + ".pair.key"};
  put(first.certificate, files.certificate);
  put(first.key, files.key);
  ServerOptions options = secured(files);
  std::mutex mutex;
  std::vector<std::string> told;
  options.tls->look_interval = std::chrono::milliseconds(1);
  options.tls->on_reload = [&](const Result<>& outcome) {
    const std::scoped_lock lock(mutex);
    told.push_back(outcome ? "taken" : outcome.error().message());
  };
  LiveServer server(std::move(options));
  const auto told_so_far = [&] {
    const std::scoped_lock lock(mutex);
    return told;
  };
  TlsClient kept(server.port());
  CHECK(kept.server() == "first");

  put(second.certificate, files.certificate);  // the key has not come yet
  while (told_so_far().empty()) {
  }
  CHECK_THAT(told_so_far().front(), ContainsSubstring("key file"));
  CHECK(TlsClient(server.port()).server() == "first");

  put(second.key, files.key);
  while (told_so_far().back() != "taken") {
  }
  // The broken version is told about once. A file that changes while it is read is taken again.
  const auto told_in_all = told_so_far();
  CHECK(told_in_all.size() - std::ranges::count(told_in_all, "taken") == 1);
  CHECK(TlsClient(server.port()).server() == "second");
  REQUIRE(kept.send(get("/", "Connection: close\r\n")));
  CHECK(kept.read_to_end().starts_with("HTTP/1.1 200"));
}

}  // namespace kernwise::http
