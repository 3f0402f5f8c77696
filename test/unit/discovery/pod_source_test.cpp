// SPDX-License-Identifier: Apache-2.0
#include "profiler/discovery/pod_source.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "test/support/show_result.hpp"
#include "test/support/tls_server.hpp"

namespace kernwise::discovery {
namespace {

using namespace std::chrono_literals;
using test::Authority;
using test::TlsAnswer;
using test::TlsServer;

std::string pod_text(const std::string& name, const std::string& version) {
  return R"({"metadata":{"uid":"uid-)" + name + R"(","name":")" + name +
         R"(","namespace":"shop","resourceVersion":")" + version + R"("}})";
}

std::string list_text(const std::string& pods, const std::string& version) {
  return R"({"kind":"PodList","metadata":{"resourceVersion":")" + version + R"("},"items":[)" +
         pods + "]}";
}

std::string event_text(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}\n";
}

/// A server with a certificate for 127.0.0.1, the book that follows it, and what it was asked.
class Bench {
 public:
  explicit Bench(const TlsServer::Script& script)
      : server(authority.issue("IP:127.0.0.1"), [this, script](const std::string& head) {
          const std::lock_guard lock(mutex_);  // the heads are read by the test's thread
          heads_.push_back(head);
          return script(head);
        }) {
    std::ofstream(token_file()) << "secret-1\n";
    options.origin = {
        .scheme = "https", .host = "127.0.0.1", .port = std::to_string(server.port())};
    options.tls = {.ca_file = authority.ca_file()};
    options.token_file = token_file();
    options.node = "n1";
    options.interval = 5ms;
    options.last_backoff = 5ms;
    options.jitter_seed = 1;
  }
  ~Bench() { std::filesystem::remove(token_file()); }

  /// Runs until `holds`, for half a minute at most; true when it held.
  template <class Condition>
  bool until(Condition holds) {
    const auto deadline = Monotonic::now() + 30s;
    while (!holds() && Monotonic::now() < deadline) io.run_one_for(10ms);
    return holds();
  }
  [[nodiscard]] bool knows(const std::string& name) {
    const auto found =
        book.find({.pod_uid = "uid-" + name, .container_id = {}, .path = {}}, Monotonic::now());
    return found && found->pod == name;
  }
  [[nodiscard]] std::vector<std::string> heads() {
    const std::lock_guard lock(mutex_);
    return heads_;
  }
  [[nodiscard]] std::string token_file() const { return authority.ca_file() + ".token"; }
  void start() {
    auto started = PodSource::start(io, options, book);
    REQUIRE(started);
    source = std::move(*started);
  }

  Authority authority;
  boost::asio::io_context io;
  PodBook book;
  PodSourceOptions options;
  std::unique_ptr<PodSource> source;

 private:
  std::mutex mutex_;
  std::vector<std::string> heads_;

 public:
  TlsServer server;  // last: its thread ends before what it uses
};

bool is_watch(const std::string& head) {
  return head.find("watch=1") != std::string::npos;
}

}  // namespace

TEST_CASE("PodSource: asks the kubelet again and again, with the token of the moment",
          "[discovery]") {
  std::atomic<int> asked{0};
  Bench bench([&asked](const std::string&) {
    const bool first = ++asked == 1;
    return TlsAnswer{.text = test::ok_json(list_text(pod_text(first ? "one" : "two", "1"), "1"))};
  });
  bench.start();
  REQUIRE(bench.until([&] { return bench.knows("one"); }));
  std::ofstream(bench.token_file()) << "secret-2";
  REQUIRE(bench.until([&] { return bench.knows("two") && asked >= 4; }));
  CHECK(bench.source->problem().empty());
  const auto heads = bench.heads();
  CHECK(heads.front().starts_with("GET /pods HTTP/1.1\r\n"));
  CHECK(heads.front().find("Authorization: Bearer secret-1\r\n") != std::string::npos);
  CHECK(heads.back().find("Authorization: Bearer secret-2\r\n") != std::string::npos);
}

TEST_CASE("PodSource: a refusal is named, names stay, and the next success ends it",
          "[discovery]") {
  std::atomic<int> asked{0};
  Bench bench([&asked](const std::string&) {
    const int now = ++asked;
    if (now == 2) return TlsAnswer{.text = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"};
    if (now == 3) return TlsAnswer{.text = test::ok_json("{\"kind\":\"Pod\"}")};
    return TlsAnswer{.text = test::ok_json(list_text(pod_text("one", "1"), "1"))};
  });
  bench.start();
  REQUIRE(bench.until([&] { return !bench.source->problem().empty(); }));
  CHECK(bench.source->problem() ==
        "discovery: kubelet: status 403: the service account may not do this");
  CHECK(bench.knows("one"));
  REQUIRE(bench.until([&] { return asked >= 4 && bench.source->problem().empty(); }));
  CHECK(bench.knows("one"));
}

TEST_CASE("PodSource: trusts no kubelet that the authority did not sign", "[discovery]") {
  Bench bench([](const std::string&) {
    return TlsAnswer{.text = test::ok_json(list_text(pod_text("one", "1"), "1"))};
  });
  const Authority other;
  bench.options.tls.ca_file = other.ca_file();
  bench.start();
  REQUIRE(bench.until([&] { return !bench.source->problem().empty(); }));
  CHECK(bench.source->problem().find("certificate") != std::string::npos);
  CHECK(bench.heads().empty());  // the token was not sent
}

TEST_CASE("PodSource: lists and watches the pods of its node", "[discovery]") {
  Bench bench([](const std::string& head) {
    if (head.find("sendInitialEvents") != std::string::npos) {
      return TlsAnswer{.text = "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}"};
    }
    if (!is_watch(head)) {
      return TlsAnswer{.text = test::ok_json(list_text(pod_text("one", "5"), "10"))};
    }
    return TlsAnswer{
        .text = test::chunked_head() + test::chunk(event_text("ADDED", pod_text("two", "11"))),
        .hold = true};
  });
  bench.options.watch = true;
  bench.start();
  REQUIRE(bench.until([&] { return bench.knows("one") && bench.knows("two"); }));
  const auto event = event_text("ADDED", pod_text("three", "12"));
  bench.server.push(test::chunk(event.substr(0, 20)));  // an event need not come in one piece
  bench.server.push(test::chunk(event.substr(20)));
  REQUIRE(bench.until([&] { return bench.knows("three"); }));
  // The server ends the watch: the next one begins where this one stopped, without a list.
  bench.server.push("0\r\n\r\n");
  REQUIRE(bench.until([&] { return bench.heads().size() == 4; }));
  const auto heads = bench.heads();
  const std::string selector = "fieldSelector=spec.nodeName%3Dn1 HTTP/1.1\r\n";
  for (const auto& head : heads) {
    CHECK(head.starts_with("GET /api/v1/pods?"));
    CHECK(head.find(selector) != std::string::npos);
  }
  CHECK(heads[1].find("&resourceVersion=0&") != std::string::npos);
  CHECK(heads[2].find("&resourceVersion=10&") != std::string::npos);
  CHECK(heads[3].find("&resourceVersion=12&") != std::string::npos);
  CHECK(bench.source->problem().empty());
}

TEST_CASE("PodSource: an API server that refuses is named", "[discovery]") {
  Bench bench([](const std::string&) {
    return TlsAnswer{.text = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"};
  });
  bench.options.watch = true;
  bench.start();
  REQUIRE(bench.until([&] { return !bench.source->problem().empty(); }));
  CHECK(bench.source->problem() ==
        "discovery: API server: pods: status 403: the account may not do this");
}

TEST_CASE("PodSource: a name that no node can have is refused", "[discovery]") {
  Bench bench([](const std::string&) { return TlsAnswer{.text = test::ok_json("{}")}; });
  bench.options.watch = true;
  for (const std::string name : {"", "n1&x=y", "N1", "n 1", "n1\r\nX: y"}) {
    CAPTURE(name);
    bench.options.node = name;
    CHECK_FALSE(PodSource::start(bench.io, bench.options, bench.book));
  }
}

}  // namespace kernwise::discovery
