// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>

#include <catch2/catch_all.hpp>
#include <cmath>
#include <limits>

#include "common/base/json.hpp"
#include "common/base/utf8.hpp"
#include "test/support/show_result.hpp"

namespace kernwise::json {
namespace {

std::string written(std::string_view text) {
  return Writer().value(text).take();
}

}  // namespace

TEST_CASE("Writer: objects and arrays nest with commas where they belong", "[base]") {
  Writer writer;
  writer.begin_object().member("a", 1).key("b").begin_array();
  writer.value("x").value(true).null().begin_object().end_object().begin_array().end_array();
  writer.end_array().key("c").raw(R"({"ready":1})").member("d", false).end_object();
  CHECK(writer.take() == R"({"a":1,"b":["x",true,null,{},[]],"c":{"ready":1},"d":false})");
}

TEST_CASE("Writer: a parsed value is written as it was read", "[base]") {
  const std::string text = R"({"a":[1,-0,2.50e3,"\u003c",true,false,null],"b":{"c":{}},"d":[]})";
  const auto parsed = parse(text);
  REQUIRE(parsed.has_value());
  CHECK(Writer().value(*parsed).take() == text);
  CHECK(Writer().begin_array().value(*parsed).value(1).end_array().take() == "[" + text + ",1]");
}

TEST_CASE("Writer: is as new after its text was taken", "[base]") {
  Writer writer;
  CHECK(writer.begin_array().end_array().take() == "[]");
  CHECK(writer.begin_array().value(1).end_array().take() == "[1]");
}

TEST_CASE("Writer: strings are safe in JSON, HTML and logs", "[base]") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"plain", R"("plain")"},
      {"", R"("")"},
      {R"(quote " back \)", R"("quote \" back \\")"},
      {"</script><img onerror=1>&", R"("\u003c/script\u003e\u003cimg onerror=1\u003e\u0026")"},
      {"line\r\n\ttab", R"("line\u000d\u000a\u0009tab")"},
      {std::string("a\0b", 3), R"("a\u0000b")"},
      {"\x1B[31m\x7F", R"("\u001b[31m\u007f")"},
      {"\xC2\x85", R"("\u0085")"},
      {"\xE2\x80\xA8\xE2\x80\xA9", R"("\u2028\u2029")"},
      {"\xE2\x80\xAE", R"("\u202e")"},
      {"caf\xC3\xA9 \xF0\x9F\x98\x80", "\"caf\xC3\xA9 \xF0\x9F\x98\x80\""},
      {"bad\xFF\xC3", "\"bad\xEF\xBF\xBD\xEF\xBF\xBD\""},
      {"\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
  }));
  CAPTURE(text);
  CHECK(written(text) == expected);
  CHECK(Writer().begin_object().key(text).null().end_object().take() == "{" + expected + ":null}");
}

TEST_CASE("Writer: numbers are shortest, and what JSON cannot hold is null", "[base]") {
  CHECK(Writer().value(0.1).take() == "0.1");
  CHECK(Writer().value(1e300).take() == "1e+300");
  CHECK(Writer().value(std::numeric_limits<std::int64_t>::min()).take() == "-9223372036854775808");
  CHECK(Writer().value(std::numeric_limits<std::uint64_t>::max()).take() == "18446744073709551615");
  CHECK(Writer().value(std::nan("")).take() == "null");
  CHECK(Writer().value(-std::numeric_limits<double>::infinity()).take() == "null");
}

TEST_CASE("Writer: any text comes back from the parser as the same text", "[base]") {
  REQUIRE(rc::check("round trip", [](const std::string& text) {
    const Result<Value> value = parse(written(text));
    RC_ASSERT(value.has_value());
    RC_ASSERT(is_valid_utf8(value->text()));
    if (is_valid_utf8(text)) RC_ASSERT(value->text() == text);
  }));
}

TEST_CASE("Writer: any number comes back as the same number", "[base]") {
  REQUIRE(rc::check("doubles", [](double number) {
    RC_PRE(std::isfinite(number));
    const Result<Value> value = parse(Writer().value(number).take());
    RC_ASSERT(value.has_value());
    RC_ASSERT(*Cursor(*value, "").number() == number);
  }));
  REQUIRE(rc::check("integers", [](std::uint64_t number) {
    const Result<Value> value = parse(Writer().value(number).take());
    RC_ASSERT(value.has_value());
    RC_ASSERT(*Cursor(*value, "").unsigned_integer() == number);
  }));
}

}  // namespace kernwise::json
