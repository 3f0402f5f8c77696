// SPDX-License-Identifier: Apache-2.0
#include "common/http/gate.hpp"

#include <rapidcheck.h>

#include <catch2/catch_all.hpp>
#include <cctype>

#include "test/support/hostile_requests.hpp"

template <class T>
struct Catch::StringMaker<boost::system::result<T, kernwise::http::Refusal>> {
  static std::string convert(const boost::system::result<T, kernwise::http::Refusal>& verdict) {
    return verdict ? "passed" : std::string(verdict.error().reason);
  }
};

namespace kernwise::http {
namespace {

/// As the session does it: the block up to its end, or as much as fits.
boost::system::result<Head, Refusal> judge(std::string_view bytes) {
  std::size_t looked = 0;
  const HeadEnd end = find_head_end(bytes, looked);
  if (end.state == HeadEnd::State::malformed) return Refusal{400, "line ends"};
  return check_head(end.state == HeadEnd::State::complete ? bytes.substr(0, end.bytes) : bytes);
}

/// How often a header of that name stands in a block for the most lenient reader: any line end, any
/// case, whatever is no letter or hyphen around the name forgiven.
std::size_t occurrences(std::string_view block, std::string_view name) {
  std::size_t count = 0;
  for (auto at = block.find('\n'); at != std::string_view::npos; at = block.find('\n', at + 1)) {
    const auto line = block.substr(at + 1);
    std::string letters;
    for (const char c : line.substr(0, line.find_first_of(":\n"))) {
      const int byte = static_cast<unsigned char>(c);
      if (std::isalpha(byte) != 0 || c == '-') letters += static_cast<char>(std::tolower(byte));
    }
    count += letters == name ? 1 : 0;
  }
  return count;
}

bool is_harmless(const std::string& bytes) {
  std::size_t looked = 0;
  const HeadEnd end = find_head_end(bytes, looked);
  if (end.state != HeadEnd::State::complete || !check_head(bytes.substr(0, end.bytes))) return true;
  const std::string block = bytes.substr(0, end.bytes);
  return occurrences(block, "transfer-encoding") == 0 &&
         occurrences(block, "content-length") <= 1 && occurrences(block, "host") == 1;
}

TEST_CASE("gate: refuses every hostile request with its status", "[http]") {
  for (const auto& [name, bytes, status] : test::hostile_requests()) {
    CAPTURE(name);
    const auto verdict = judge(bytes);
    REQUIRE_FALSE(verdict);
    CHECK(verdict.error().status == status);
    CHECK_FALSE(verdict.error().reason.empty());
  }
}

TEST_CASE("gate: lets ordinary requests through and learns how they are framed", "[http]") {
  const auto head = judge(
      "POST /prioritize/?q=1 HTTP/1.1\r\nHost: 127.0.0.1:8888\r\nUser-Agent: Go-http-client/1.1\r\n"
      "Content-Length: 230000\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n\r\n");
  REQUIRE(head);
  CHECK(head->method == "POST");
  CHECK(head->target == "/prioritize/?q=1");
  CHECK(head->content_length == 230000);
  CHECK(head->keep_alive);
  CHECK_FALSE(head->http_1_0);
  CHECK_FALSE(head->expects_continue);
}

TEST_CASE("gate: keeps connections alive as version and Connection say", "[http]") {
  const auto [version, connection, keep] = GENERATE(table<std::string, std::string, bool>({
      {"1.1", "", true},
      {"1.1", "Connection: close\r\n", false},
      {"1.1", "connection: x, CLOSE\r\n", false},
      {"1.1", "Connection: keep-alive\r\nConnection: close\r\n", false},
      {"1.1", "Connection: upgrade\r\n", true},
      {"1.0", "", false},
      {"1.0", "Connection: Keep-Alive\r\n", true},
      {"1.0", "Connection: keep-alive, close\r\n", false},
  }));
  CAPTURE(version, connection);
  const std::string request = "GET / HTTP/" + version + "\r\nHost: x\r\n" + connection + "\r\n";
  const auto head = judge(request);
  REQUIRE(head);
  CHECK(head->keep_alive == keep);
}

TEST_CASE("gate: expects a body only where one can still be asked for", "[http]") {
  const auto [fields, version, expects] = GENERATE(table<std::string, std::string, bool>({
      {"Expect: 100-continue\r\nContent-Length: 5\r\n", "1.1", true},
      {"Expect: 100-Continue\r\nContent-Length: 5\r\n", "1.1", true},
      {"Expect: 100-continue\r\nContent-Length: 0\r\n", "1.1", false},
      {"Expect: 100-continue\r\n", "1.1", false},
      {"Expect: 100-continue\r\nContent-Length: 5\r\n", "1.0", false},
  }));
  CAPTURE(fields, version);
  const std::string request = "POST / HTTP/" + version + "\r\nHost: x\r\n" + fields + "\r\n";
  const auto head = judge(request);
  REQUIRE(head);
  CHECK(head->expects_continue == expects);
}

TEST_CASE("gate: limits are met exactly", "[http]") {
  CHECK(judge(test::request_of_size(8UL * 1024)));
  CHECK(judge(test::request_with_headers(63)));
  CHECK_FALSE(judge(test::request_with_headers(64)));
  const auto longest = judge(
      "POST / HTTP/1.1\r\nHost: [::1]:1\r\n"
      "Content-Length: 18446744073709551615\r\n\r\n");
  REQUIRE(longest);
  CHECK(longest->content_length == 18446744073709551615ULL);
}

TEST_CASE("gate: a block must be exactly one", "[http]") {
  CHECK_FALSE(check_head(""));
  CHECK_FALSE(check_head("\r\n\r\n"));
  CHECK_FALSE(check_head("GET / HTTP/1.1\r\nHost: x\r\n"));
  CHECK_FALSE(check_head("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"));
}

TEST_CASE("gate: finds the end of a header block wherever it is cut", "[http]") {
  const std::string block = "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n";
  const std::string bytes = block + "body\n";
  for (std::size_t first = 0; first <= block.size(); ++first) {
    std::size_t looked = 0;
    const HeadEnd early = find_head_end(std::string_view(bytes).substr(0, first), looked);
    CHECK((early.state == HeadEnd::State::complete) == (first == block.size()));
    const HeadEnd whole = find_head_end(bytes, looked = first == block.size() ? 0 : looked);
    CHECK(whole.state == HeadEnd::State::complete);
    CHECK(whole.bytes == block.size());
  }
}

TEST_CASE("gate: no bytes crash it", "[http]") {
  REQUIRE(rc::check("random bytes", [](const std::string& bytes) {
    RC_ASSERT(is_harmless(bytes));
    RC_ASSERT(is_harmless("GET / HTTP/1.1\r\nHost: x\r\n" + bytes + "\r\n\r\n"));
    static_cast<void>(check_head(bytes));
  }));
}

TEST_CASE("gate: nothing with a transfer coding or two lengths gets through", "[http]") {
  REQUIRE(rc::check("requests of broken pieces", [] {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
        "Host: x\r\n", "Content-Length: 5\r\n", "content-length:7\r\n",
        "Transfer-Encoding: chunked\r\n", "TRANSFER-ENCODING:gzip\r\n", "A: b\r\n", " folded\r\n",
        "\tContent-Length: 1\r\n", "Host:y\r\n", "Content-Length", ":", "\r\n", "\n", "\r", " ",
        "Connection: close\r\n"));
    std::string bytes = "POST /x HTTP/1.1\r\n";
    if (*rc::gen::inRange(0, 4) > 0) bytes += "Host: x\r\n";  // else hardly any would pass
    for (const auto& piece : pieces) bytes += piece;
    bytes += "\r\n\r\n";
    const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
    if (*rc::gen::inRange(0, 4) == 0) bytes[at] = *rc::gen::arbitrary<char>();
    RC_ASSERT(is_harmless(bytes));
  }));
}

}  // namespace
}  // namespace kernwise::http
