// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch_all.hpp>

#include "common/base/file.hpp"
#include "common/http/client.hpp"
#include "test/support/show_result.hpp"
#include "test/support/tls_server.hpp"

namespace kernwise::http {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using test::Authority;
using test::TlsAnswer;
using test::TlsServer;

Url origin_of(const TlsServer& server) {
  return {.scheme = "https", .host = "127.0.0.1", .port = std::to_string(server.port())};
}

TlsAnswer hello(const std::string&) {
  return {.text = test::ok_json("\"hello\"")};
}

}  // namespace

TEST_CASE("client: exchanges over TLS and keeps the connection", "[http]") {
  const Authority authority;
  const TlsServer server(authority.issue("IP:127.0.0.1"), hello);
  boost::asio::io_context io;
  Client client(io, origin_of(server), {}, {.ca_file = authority.ca_file()});
  std::vector<std::string> bodies;
  for (int i = 0; i < 3; ++i) {
    client.send({}, [&](Result<Response> answer) {
      REQUIRE(answer);
      bodies.push_back(answer->body);
    });
  }
  io.run();
  CHECK(bodies == std::vector<std::string>(3, "\"hello\""));
  CHECK(server.connections() == 1);
}

TEST_CASE("client: accepts no certificate that does not prove the server", "[http]") {
  const Authority authority, other;
  const auto [names, trusted, server_name, complaint] =
      GENERATE(table<std::string, std::string, std::string, std::string>({
          {"IP:127.0.0.1", "issuer", "", ""},
          {"DNS:node-1", "issuer", "node-1", ""},
          {"DNS:node-2", "issuer", "node-1", "certificate verify failed"},
          {"DNS:localhost", "issuer", "", "certificate verify failed"},
          {"IP:127.0.0.2", "issuer", "", "certificate verify failed"},
          {"IP:127.0.0.1", "another", "", "certificate signature failure"},
          {"IP:127.0.0.1", "", "", "certificate verify failed"},  // the system knows no such CA
          {"IP:127.0.0.1", "/nowhere/ca.pem", "", "CA file /nowhere/ca.pem"},
      }));
  CAPTURE(names, trusted, server_name);
  const auto ca_file = trusted == "issuer"    ? authority.ca_file()
                       : trusted == "another" ? other.ca_file()
                                              : trusted;
  const TlsServer server(authority.issue(names), hello);
  const auto answer =
      fetch(origin_of(server), {}, {}, {.ca_file = ca_file, .server_name = server_name});
  if (complaint.empty()) {
    REQUIRE(answer);
    CHECK(answer->body == "\"hello\"");
  } else {
    REQUIRE_FALSE(answer);
    CHECK_THAT(answer.error().message(), ContainsSubstring(complaint));
  }
}

TEST_CASE("client: certificates and keys may be text", "[http]") {
  const Authority authority, other;
  const auto own = authority.issue("DNS:me");
  const auto ca = read_file(authority.ca_file()).value();
  const auto certificate = read_file(own.certificate).value();
  const auto key = read_file(own.key).value();
  const TlsServer server(authority.issue("IP:127.0.0.1"), hello);
  const std::vector<std::pair<TlsOptions, std::string>> rows = {
      {{.ca_pem = ca}, ""},
      {{.ca_file = "/nowhere/ca.pem", .ca_pem = ca}, ""},
      {{.ca_pem = ca, .certificate_pem = certificate, .key_pem = key}, ""},
      {{.ca_pem = read_file(other.ca_file()).value()}, "certificate"},
      {{.ca_pem = "-----BEGIN"}, "CA"},
      {{.ca_pem = ca, .certificate_pem = "none", .key_pem = key}, "certificate"},
      {{.ca_pem = ca, .certificate_pem = certificate, .key_pem = "none"}, "key"},
      {{.key_file = "/nowhere", .ca_pem = ca, .certificate_pem = certificate}, "key file"},
  };
  for (const auto& [tls, complaint] : rows) {
    CAPTURE(complaint);
    const auto answer = fetch(origin_of(server), {}, {}, tls);
    CHECK(answer.has_value() == complaint.empty());
    if (answer.has_error()) CHECK_THAT(answer.error().message(), ContainsSubstring(complaint));
  }
}

TEST_CASE("client: a server that never shakes hands times out early", "[http]") {
  boost::asio::io_context io;
  using boost::asio::ip::tcp;
  const tcp::acceptor deaf(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  const Url origin{
      .scheme = "https", .host = "127.0.0.1", .port = std::to_string(deaf.local_endpoint().port())};
  const auto answer = fetch(origin, {}, {.timeout = 1h, .connect = 20ms});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == boost::system::errc::timed_out);
}

TEST_CASE("client: a stale kept TLS connection is replaced", "[http]") {
  const Authority authority;
  TlsServer server(authority.issue("IP:127.0.0.1"), hello);
  boost::asio::io_context io;
  Client client(io, origin_of(server), {}, {.ca_file = authority.ca_file()});
  int answers = 0;
  client.send({}, [&](const Result<Response>& first) {
    REQUIRE(first);
    ++answers;
    server.hang_up();
    client.send({}, [&](const Result<Response>& second) {
      REQUIRE(second);
      ++answers;
    });
  });
  io.run();
  CHECK(answers == 2);
}

TEST_CASE("client: hands an endless answer over as it comes", "[http]") {
  const Authority authority;
  TlsServer* self = nullptr;
  TlsServer server(authority.issue("IP:127.0.0.1"), [](const std::string&) {
    return TlsAnswer{.text = test::chunked_head() + test::chunk("one"), .hold = true};
  });
  self = &server;
  boost::asio::io_context io;
  Client client(io, origin_of(server), {}, {.ca_file = authority.ca_file()});
  std::string received;
  bool ended = false;
  client.send({.on_data =
                   [&](const std::string& piece) {
                     received += piece;
                     if (received == "one") self->push(test::chunk(" two"));
                     if (received == "one two") self->push("0\r\n\r\n");
                   }},
              [&](const Result<Response>& answer) {
                REQUIRE(answer);
                CHECK(answer->status == 200);
                CHECK(answer->body.empty());
                ended = true;
              });
  io.run();
  CHECK(received == "one two");
  CHECK(ended);
}

TEST_CASE("client: an error that was to be handed over has its body", "[http]") {
  const Authority authority;
  const TlsServer server(authority.issue("IP:127.0.0.1"), [](const std::string&) {
    return TlsAnswer{.text = "HTTP/1.1 410 Gone\r\nContent-Length: 7\r\n\r\nexpired"};
  });
  std::string received;
  const auto answer =
      fetch(origin_of(server), {.on_data = [&](const std::string& piece) { received += piece; }},
            {}, {.ca_file = authority.ca_file()});
  REQUIRE(answer);
  CHECK(answer->status == 410);
  CHECK(answer->body == "expired");
  CHECK(received.empty());
}

TEST_CASE("client: a handed-over answer that falls silent times out", "[http]") {
  const Authority authority;
  const TlsServer server(authority.issue("IP:127.0.0.1"), [](const std::string&) {
    return TlsAnswer{.text = test::chunked_head() + test::chunk("one"), .hold = true};
  });
  const auto answer =
      fetch(origin_of(server), {.on_data = [](const std::string&) {}},
            {.timeout = std::chrono::milliseconds(50)}, {.ca_file = authority.ca_file()});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == boost::system::errc::timed_out);
}

}  // namespace kernwise::http
