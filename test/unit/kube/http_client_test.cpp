// SPDX-License-Identifier: Apache-2.0
#include "common/kube/http_client.hpp"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "common/kube/lines.hpp"
#include "test/support/show_result.hpp"
#include "test/support/tls_server.hpp"

namespace kernwise::kube {
namespace {

using namespace std::chrono_literals;
using test::Authority;
using test::TlsAnswer;
using test::TlsServer;

/// A server with a certificate for 127.0.0.1, a client of it, and what it was asked.
class Bench {
 public:
  explicit Bench(const TlsServer::Script& script)
      : server(authority.issue("IP:127.0.0.1"), [this, script](const std::string& head) {
          const std::lock_guard lock(mutex_);  // the heads are read by the test's thread
          heads_.push_back(head);
          return script(head);
        }) {
    access.origin = {.scheme = "https", .host = "127.0.0.1", .port = std::to_string(server.port())};
    access.tls = {.ca_file = authority.ca_file()};
  }
  ~Bench() { std::filesystem::remove(token_file()); }

  HttpKubeClient& client() {
    if (!client_) client_ = std::make_unique<HttpKubeClient>(io, access, options);
    return *client_;
  }
  /// Runs until `holds`, for half a minute at most; true when it held.
  template <class Condition>
  bool until(Condition holds) {
    const auto deadline = Monotonic::now() + 30s;
    while (!holds() && Monotonic::now() < deadline) {
      io.restart();
      io.run_one_for(10ms);
    }
    return holds();
  }
  Result<Answer> ask(Request request) {
    std::optional<Result<Answer>> answer;
    client().send(std::move(request), [&](Result<Answer> got) { answer = std::move(got); });
    CHECK_FALSE(answer);  // never from inside the call
    REQUIRE(until([&] { return answer.has_value(); }));
    return *answer;
  }
  [[nodiscard]] std::vector<std::string> heads() {
    const std::lock_guard lock(mutex_);
    return heads_;
  }
  [[nodiscard]] std::string token_file() const { return authority.ca_file() + ".token"; }

  Authority authority;
  boost::asio::io_context io;
  Access access;
  HttpClientOptions options;

 private:
  std::unique_ptr<HttpKubeClient> client_;
  std::mutex mutex_;
  std::vector<std::string> heads_;

 public:
  TlsServer server;  // last: its thread ends before what it uses
};

TlsAnswer fine(const std::string&) {
  return {.text = test::ok_json("{}")};
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("http client: the bytes of a request, with the token of the moment", "[kube]") {
  Bench bench(fine);
  std::ofstream(bench.token_file()) << "secret-1\n";
  bench.access.token_file = bench.token_file();
  REQUIRE(bench.ask({.path = "/api/v1/pods", .query = {{"limit", "500"}, {"x", "a=b"}}}));
  std::ofstream(bench.token_file()) << "secret-2\n";
  REQUIRE(bench.ask({.method = "PATCH",
                     .path = "/p",
                     .body = "{\"a\":1}",
                     .content_type = "application/merge-patch+json"}));
  const auto heads = bench.heads();
  CHECK(heads[0].starts_with("GET /api/v1/pods?limit=500&x=a%3Db HTTP/1.1\r\n"));
  CHECK(has(heads[0], "\r\nAuthorization: Bearer secret-1\r\n"));
  CHECK(has(heads[0], "\r\nAccept: application/json, */*\r\n"));
  CHECK(has(heads[0], "\r\nUser-Agent: kernwise/"));
  CHECK_FALSE(has(heads[0], "Content-"));
  CHECK(has(heads[1], "\r\nAuthorization: Bearer secret-2\r\n"));
  CHECK(has(heads[1], "\r\nContent-Type: application/merge-patch+json\r\n"));
  CHECK(has(heads[1], "\r\nContent-Length: 7\r\n"));
}

TEST_CASE("http client: a status is an answer, and Retry-After is read", "[kube]") {
  const auto [field, expected] = GENERATE(table<std::string, std::optional<std::chrono::seconds>>({
      {"Retry-After: 7\r\n", 7s},
      {"Retry-After: 0\r\n", 0s},
      {"Retry-After: 999999999999\r\n", 3'600s},
      {"Retry-After: Sun, 22 Nov 2026 18:00:00 GMT\r\n", std::nullopt},
      {"Retry-After: -1\r\n", std::nullopt},
      {"", std::nullopt},
  }));
  CAPTURE(field);
  const std::string text =
      "HTTP/1.1 429 Too Many Requests\r\n" + field + "Content-Length: 2\r\n\r\n{}";
  Bench bench([&text](const std::string&) { return TlsAnswer{.text = text}; });
  const auto answer = bench.ask({.path = "/x"});
  REQUIRE(answer);
  CHECK(answer->status == 429);
  CHECK(answer->body == "{}");
  CHECK(answer->retry_after == expected);
}

TEST_CASE("http client: requests share few connections", "[kube]") {
  Bench bench(fine);
  bench.options.connections = 2;
  int answers = 0;
  for (int i = 0; i < 20; ++i) {
    bench.client().send({.path = "/x"}, [&](const Result<Answer>& answer) {
      CHECK(answer);
      ++answers;
    });
  }
  REQUIRE(bench.until([&] { return answers == 20; }));
  CHECK(bench.server.connections() == 2);
}

TEST_CASE("http client: without its token file nothing is sent", "[kube]") {
  Bench bench(fine);
  bench.access.token_file = "/nowhere/token";
  const auto answer = bench.ask({.path = "/x"});
  REQUIRE_FALSE(answer);
  CHECK(has(answer.error().message(), "token file: open /nowhere/token"));
  std::optional<Result<Answer>> end;
  const auto watch = bench.client().watch(
      {.path = "/x"}, [](std::string_view) { FAIL(); },
      [&](Result<Answer> got) { end = std::move(got); });
  REQUIRE(bench.until([&] { return end.has_value(); }));
  CHECK_FALSE(*end);
  CHECK(bench.heads().empty());
}

TEST_CASE("http client: a watch hands over lines, ends, and its connection serves the next",
          "[kube]") {
  Bench bench([](const std::string&) {
    return TlsAnswer{.text = test::chunked_head() + test::chunk("one\ntw"), .hold = true};
  });
  std::vector<std::string> lines;
  std::optional<Result<Answer>> end;
  const auto follow = [&] {
    return bench.client().watch(
        {.path = "/w"}, [&](std::string_view line) { lines.emplace_back(line); },
        [&](Result<Answer> got) { end = std::move(got); });
  };
  auto watch = follow();
  REQUIRE(bench.until([&] { return lines.size() == 1; }));
  bench.server.push(test::chunk("o\n\nthree\n") + "0\r\n\r\n");
  REQUIRE(bench.until([&] { return end.has_value(); }));
  CHECK(lines == std::vector<std::string>{"one", "two", "three"});
  REQUIRE(*end);
  CHECK((**end).status == 200);
  watch.reset();
  watch = follow();
  REQUIRE(bench.until([&] { return lines.size() == 4; }));
  CHECK(bench.server.connections() == 1);
}

TEST_CASE("http client: a watch that is refused ends with the answer", "[kube]") {
  Bench bench([](const std::string&) {
    return TlsAnswer{.text = "HTTP/1.1 410 Gone\r\nContent-Length: 4\r\n\r\ngone"};
  });
  std::optional<Result<Answer>> end;
  const auto watch = bench.client().watch(
      {.path = "/w"}, [](std::string_view) { FAIL(); },
      [&](Result<Answer> got) { end = std::move(got); });
  REQUIRE(bench.until([&] { return end.has_value(); }));
  REQUIRE(*end);
  CHECK((**end).status == 410);
  CHECK((**end).body == "gone");
}

TEST_CASE("http client: a cut or silent watch ends with what broke it", "[kube]") {
  const bool cut = GENERATE(true, false);
  Bench bench([](const std::string&) {
    return TlsAnswer{.text = test::chunked_head() + test::chunk("one\n"), .hold = true};
  });
  bench.options.silence = cut ? 60'000ms : 50ms;
  bool began = false;
  std::optional<Result<Answer>> end;
  const auto watch = bench.client().watch(
      {.path = "/w"}, [&](std::string_view) { began = true; },
      [&](Result<Answer> got) { end = std::move(got); });
  if (cut) {
    REQUIRE(bench.until([&] { return began; }));
    bench.server.hang_up();
  }
  REQUIRE(bench.until([&] { return end.has_value(); }));
  CHECK_FALSE(*end);
}

TEST_CASE("http client: a watch that is let go says nothing more, even from its own line",
          "[kube]") {
  Bench bench([](const std::string&) {
    return TlsAnswer{.text = test::chunked_head() + test::chunk("one\ntwo\n"), .hold = true};
  });
  int lines = 0;
  std::unique_ptr<Stream> watch;
  watch = bench.client().watch(
      {.path = "/w"},
      [&](std::string_view) {
        ++lines;
        watch.reset();
      },
      [](const Result<Answer>&) { FAIL(); });
  REQUIRE(bench.until([&] { return lines == 1; }));
  bench.server.push(test::chunk("three\n"));
  bench.io.restart();
  bench.io.run();  // the connection goes, so nothing is left to wait for
  CHECK(lines == 1);
}

TEST_CASE("lines: cut anywhere, bounded", "[kube]") {
  const std::string text = "a\nbb\n\nccccc\ndddd\ne";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Lines lines(4);
    std::vector<std::string> seen;
    const auto keep = [&](std::string_view line) {
      seen.emplace_back(line);
      return true;
    };
    lines.take(text.substr(0, cut), keep);
    lines.take(text.substr(cut), keep);
    CHECK(seen == std::vector<std::string>{"a", "bb", "", "dddd"});
  }
}

}  // namespace kernwise::kube
