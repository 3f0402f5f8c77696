// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>
#include <sys/stat.h>

#include <catch2/catch_all.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/base/clock.hpp"
#include "common/base/fd.hpp"
#include "common/base/file.hpp"
#include "common/base/utf8.hpp"
#include "test/support/show_result.hpp"
#include "test/unit/base/scratch.hpp"

namespace kernwise {

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("is_valid_utf8: exactly the well-formed sequences of Unicode table 3-7", "[base]") {
  const auto [name, text, valid] = GENERATE(table<std::string, std::string, bool>({
      {"empty", "", true},
      {"ASCII", "a long enough ASCII text", true},
      {"two bytes, smallest", "\xC2\x80", true},
      {"three bytes, smallest", "\xE0\xA0\x80", true},
      {"before the surrogates", "\xED\x9F\xBF", true},
      {"after the surrogates", "\xEE\x80\x80", true},
      {"four bytes, smallest", "\xF0\x90\x80\x80", true},
      {"U+10FFFF", "\xF4\x8F\xBF\xBF", true},
      {"after eight ASCII bytes", "12345678\xC3\xA9", true},
      {"lone continuation", "\x80", false},
      {"overlong two", "\xC1\xBF", false},
      {"overlong three", "\xE0\x9F\xBF", false},
      {"overlong four", "\xF0\x8F\xBF\xBF", false},
      {"surrogate", "\xED\xA0\x80", false},
      {"above U+10FFFF", "\xF4\x90\x80\x80", false},
      {"0xF5", "\xF5\x80\x80\x80", false},
      {"0xFE", "\xFE", false},
      {"cut short", "\xE2\x82", false},
      {"cut by ASCII", "\xE2\x82x", false},
      {"broken behind eight bytes", "12345678\xC3", false},
  }));
  CAPTURE(name);
  CHECK(is_valid_utf8(text) == valid);
}

TEST_CASE("is_valid_utf8: every character of Unicode, and no surrogate", "[base]") {
  // The encoder of the test: RFC 3629, section 3.
  const auto encode = [](char32_t c) {
    const auto tail = [](char32_t bits) { return static_cast<char>(0x80U | (bits & 0x3FU)); };
    if (c < 0x80) return std::string{static_cast<char>(c)};
    if (c < 0x800) return std::string{static_cast<char>(0xC0U | (c >> 6)), tail(c)};
    if (c < 0x10000) {
      return std::string{static_cast<char>(0xE0U | (c >> 12)), tail(c >> 6), tail(c)};
    }
    return std::string{static_cast<char>(0xF0U | (c >> 18)), tail(c >> 12), tail(c >> 6), tail(c)};
  };
  std::size_t wrong = 0;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
    const std::string text = encode(c);
    const CodePoint decoded = first_code_point(text);
    if (decoded.valid == surrogate) ++wrong;
    if (!surrogate && (decoded.value != c || decoded.bytes != text.size())) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("printable: shows text without what could mislead", "[base]") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"plain", "plain"},
      {"a\nb\tc\x7F", "abc"},
      {std::string("a\0b", 3), "ab"},
      {"\x1B[31mred", "[31mred"},
      {"c1\xC2\x9B", "c1"},
      {"\xE2\x80\xAEgnp.exe", "gnp.exe"},
      {"\xE2\x81\xA6iso", "iso"},
      {"bad\xFFtail", "bad\xEF\xBF\xBDtail"},
      {"\xE2\x82", "\xEF\xBF\xBD"},
      {"arabic \xD8\xA7", "arabic \xD8\xA7"},
  }));
  CHECK(printable(text) == expected);
}

TEST_CASE("printable: is valid, bounded, and changes nothing the second time", "[base]") {
  REQUIRE(rc::check("idempotent", [](const std::string& text) {
    const auto max = *rc::gen::inRange<std::size_t>(0, 40);
    const std::string shown = printable(text, max);
    RC_ASSERT(shown.size() <= max);
    RC_ASSERT(is_printable(shown));
    RC_ASSERT(printable(shown, max) == shown);
    if (is_printable(text) && text.size() <= max) RC_ASSERT(shown == text);
  }));
}

TEST_CASE("rfc3339: UTC with milliseconds, rounded down", "[base]") {
  const auto [since_epoch, expected] = GENERATE(table<std::chrono::microseconds, std::string>({
      {0us, "1970-01-01T00:00:00.000Z"},
      {1'234'567us, "1970-01-01T00:00:01.234Z"},
      {1'795'347'480'123'999us, "2026-11-22T11:38:00.123Z"},
      {951'782'400'000'000us, "2000-02-29T00:00:00.000Z"},
      {-1us, "1969-12-31T23:59:59.999Z"},
  }));
  CHECK(rfc3339(WallTime(since_epoch)) == expected);
}

TEST_CASE("read_file: gives the whole text up to the limit", "[base]") {
  const Scratch scratch;
  const std::string path = scratch.write("f", std::string(100'000, 'x'));
  CHECK(read_file(path)->size() == 100'000);
  CHECK(read_file(path, 100'000)->size() == 100'000);
  CHECK(read_file(path, static_cast<std::size_t>(-1))->size() == 100'000);
  CHECK(read_file(path, 99'999).error().message() == path + ": larger than 99999 bytes");
  CHECK(read_file(scratch.write("empty", ""))->empty());
}

TEST_CASE("read_file: reads files whose size is not known before", "[base]") {
  const auto status = read_file("/proc/self/status");
  REQUIRE(status);
  CHECK_THAT(*status, ContainsSubstring("Name:"));
}

TEST_CASE("read_file: names the file and the reason", "[base]") {
  const Scratch scratch;
  const std::string missing = scratch.path("missing");
  CHECK(read_file(missing).error().message() == "open " + missing + ": No such file or directory");
  CHECK(read_file(missing).error().code.value() == ENOENT);
  CHECK_THAT(read_file(scratch.path("")).error().message(), ContainsSubstring("Is a directory"));
}

TEST_CASE("read_token: what the file holds, without the blanks behind it", "[base]") {
  const Scratch scratch;
  const auto [text, token] = GENERATE(table<std::string, std::string>({
      {"abc", "abc"},
      {"abc\n", "abc"},
      {"a b \t\r\n\n", "a b"},
      {std::string(64UL * 1024, 'x'), std::string(64UL * 1024, 'x')},
  }));
  const auto read = read_token(scratch.write("token", text));
  REQUIRE(read.has_value());
  CHECK(*read == token);
}

TEST_CASE("read_token: none, an empty one and one too large are named", "[base]") {
  const Scratch scratch;
  CHECK(read_token(scratch.path("missing")).error().context.find("missing") != std::string::npos);
  for (const std::string text : {"", " \n"}) {
    CHECK(read_token(scratch.write("empty", text)).error().context.ends_with("empty is empty"));
  }
  CHECK_FALSE(read_token(scratch.write("large", std::string(64UL * 1024 + 1, 'x'))));
}

TEST_CASE("Fd: closes what it owned when another is assigned", "[base]") {
  int ends[2] = {-1, -1};
  REQUIRE(::pipe(ends) == 0);
  Fd reading(ends[0]);
  Fd writing(ends[1]);
  writing = Fd();  // the only writing end: the reader sees the end of the stream
  char byte = 0;
  CHECK(::read(reading.value(), &byte, 1) == 0);
  const Fd moved(std::move(reading));
  CHECK(moved.valid());
}

}  // namespace kernwise
