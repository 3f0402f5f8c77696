// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <catch2/catch_all.hpp>
#include <mutex>

#include "test/fault/http_victim.hpp"
#include "test/support/tls_client.hpp"

/// Callers of a TLS listener who should not be there, and who take their time.
namespace kernwise::http {
namespace {

using test::Authority;
using test::TlsClient;

/// How handshakes ended, as the server tells it from its own thread.
class Outcomes {
 public:
  void add(Handshake outcome) {
    const std::scoped_lock lock(mutex_);
    all_.push_back(outcome);
  }
  /// Waits until there are so many.
  std::vector<Handshake> wait_for(std::size_t count) {
    for (;;) {
      const std::scoped_lock lock(mutex_);
      if (all_.size() >= count) return all_;
    }
  }

 private:
  std::mutex mutex_;
  std::vector<Handshake> all_;
};

struct Guarded {
  explicit Guarded(Limits limits = patient()) {
    const auto pair = authority.issue("IP:127.0.0.1");
    ServerOptions listener = options(limits, &served);
    listener.tls = ServerTls{.certificate_file = pair.certificate,
                             .key_file = pair.key,
                             .client_ca_file = authority.ca_file(),
                             .client_names = {"system:kube-scheduler", "scheduler.example"},
                             .on_handshake = [this](Handshake how) { outcomes.add(how); }};
    server = std::make_unique<LiveServer>(std::move(listener));
  }

  [[nodiscard]] TlsClient scheduler() const {
    return TlsClient(server->port(),
                     {.ca_file = authority.ca_file(),
                      .identity = authority.issue("DNS:x", "system:kube-scheduler")});
  }
  [[nodiscard]] bool serves_the_scheduler() const {
    TlsClient client = scheduler();
    client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    return client.read_to_end().starts_with("HTTP/1.1 200");
  }

  Authority authority;
  Outcomes outcomes;
  std::vector<std::string> served;
  std::unique_ptr<LiveServer> server;
};

}  // namespace

TEST_CASE("TLS: only a client with the right certificate is heard", "[http]") {
  Guarded guarded;
  const Authority other;
  struct Row {
    Authority::Files identity;
    Handshake expected;
  };
  const std::vector<Row> rows{
      {{}, Handshake::no_certificate},
      {other.issue("DNS:scheduler.example", "system:kube-scheduler"), Handshake::untrusted},
      {guarded.authority.issue("DNS:kubelet", "system:node:n1"), Handshake::wrong_name},
      {guarded.authority.issue("DNS:kubelet", "System:kube-scheduler"), Handshake::wrong_name},
      {guarded.authority.issue("DNS:scheduler.example.org", "x"), Handshake::wrong_name},
      {guarded.authority.issue("DNS:x", "system:kube-scheduler"), Handshake::done},
      {guarded.authority.issue("DNS:scheduler.example", "x"), Handshake::done},
  };
  std::size_t heard = 0, tried = 0;
  for (const Row& row : rows) {
    CAPTURE(name_of(row.expected), tried);
    TlsClient client(guarded.server->port(), {.identity = row.identity});
    client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const bool answered = client.read_to_end().starts_with("HTTP/1.1 200");
    CHECK(answered == (row.expected == Handshake::done));
    heard += answered ? 1 : 0;
    CHECK(guarded.outcomes.wait_for(++tried).back() == row.expected);
  }
  guarded.server->on_thread([] {});  // what was served is seen from here
  CHECK(guarded.served.size() == heard);
}

TEST_CASE("TLS: plain HTTP is closed without an answer", "[http]") {
  Guarded guarded;
  const auto [bytes, expected] = GENERATE(table<std::string, Handshake>({
      {kGet, Handshake::plain_http},
      {announcing(8) + "{\"a\":1}\n", Handshake::plain_http},
      {"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", Handshake::plain_http},
      {"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", Handshake::plain_http},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Handshake::failed},
      {std::string(5, '\0'), Handshake::failed},
      {"\x16\x03\x01\xff\xff", Handshake::failed},
  }));
  CAPTURE(bytes);
  RawClient client(guarded.server->port());
  client.send(bytes);
  const std::string answer = client.read_to_end();
  CHECK(answer.find("HTTP") == std::string::npos);
  if (expected == Handshake::plain_http) CHECK(answer.empty());
  CHECK(guarded.outcomes.wait_for(1).front() == expected);
  wait_for_connections(*guarded.server, 0);
  CHECK(guarded.serves_the_scheduler());
}

TEST_CASE("TLS: a slow handshake is over when its time is", "[http]") {
  Limits limits = patient();
  limits.handshake_timeout = kSoon;
  Guarded guarded(limits);
  RawClient silent(guarded.server->port()), halfway(guarded.server->port());
  halfway.send({"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9});  // the beginning of a ClientHello
  CHECK(silent.is_closed());
  CHECK(halfway.is_closed());
  CHECK(guarded.outcomes.wait_for(2) == std::vector<Handshake>(2, Handshake::slow));
  wait_for_connections(*guarded.server, 0);
}

TEST_CASE("TLS: many slow handshakes keep no quick one out", "[http]") {
  constexpr std::size_t kUnderWay = 8;
  Limits limits = patient();
  limits.handshakes = kUnderWay;
  limits.handshake_timeout = kNever;
  Guarded guarded(limits);
  std::vector<std::unique_ptr<RawClient>> slow;
  for (std::size_t i = 0; i < 3 * kUnderWay; ++i) {
    slow.push_back(std::make_unique<RawClient>(guarded.server->port()));
  }
  CHECK(guarded.serves_the_scheduler());
  // The oldest made room; the newest are still at it.
  for (std::size_t i = 0; i < 2 * kUnderWay; ++i) CHECK(slow[i]->is_closed());
  const auto outcomes = guarded.outcomes.wait_for(2 * kUnderWay + 2);
  CHECK(std::ranges::count(outcomes, Handshake::crowded_out) == 2 * kUnderWay + 1);
  CHECK(std::ranges::count(outcomes, Handshake::done) == 1);
}

TEST_CASE("TLS: a connection that is cut anywhere leaves nothing behind", "[http]") {
  Guarded guarded;
  for (int round = 0; round < 20; ++round) {
    {
      RawClient cut(guarded.server->port());
    }
    {
      TlsClient cut = guarded.scheduler();
    }
    {
      TlsClient cut = guarded.scheduler();
      cut.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\nbegun");
    }
  }
  CHECK(guarded.serves_the_scheduler());
  wait_for_connections(*guarded.server, 0);
}

TEST_CASE("TLS: the server may end while hands are shaken", "[http]") {
  Guarded guarded;
  RawClient silent(guarded.server->port());
  wait_for_connections(*guarded.server, 1);
  guarded.server->destroy();
  CHECK(silent.is_closed());
}

}  // namespace kernwise::http
