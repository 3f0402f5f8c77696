// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>

#include <catch2/catch_all.hpp>

#include "common/base/json.hpp"
#include "test/support/show_result.hpp"

namespace kernwise::json {
namespace {

using Catch::Matchers::ContainsSubstring;

std::string repeat(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t at = 0; at < times; ++at) all += text;
  return all;
}

std::string refusal(std::string_view text, const Limits& limits = {}) {
  const Result<Value> value = parse(text, limits);
  return value ? "accepted" : value.error().message();
}

}  // namespace

TEST_CASE("parse: every kind of value arrives as written", "[base]") {
  const Result<Value> value =
      parse(R"( {"n":null,"t":true,"f":false,"i":-12,"d":1.50e3,"s":"a\"b","a":[1,[]],"o":{}} )");
  REQUIRE(value);
  REQUIRE(value->kind() == Kind::object);
  CHECK(value->members().size() == 8);
  CHECK(value->members().front().key == "n");
  CHECK(value->find("n")->is_null());
  CHECK(value->find("t")->truth());
  CHECK_FALSE(value->find("f")->truth());
  CHECK(value->find("i")->text() == "-12");
  CHECK(value->find("d")->text() == "1.50e3");
  CHECK(value->find("s")->text() == "a\"b");
  CHECK(value->find("a")->items().size() == 2);
  CHECK(value->find("a")->items()[1].kind() == Kind::array);
  CHECK(value->find("o")->kind() == Kind::object);
  CHECK(value->find("missing") == nullptr);
}

TEST_CASE("parse: a value of another kind is empty, not a crash", "[base]") {
  const Result<Value> value = parse("5");
  REQUIRE(value);
  CHECK(value->items().empty());
  CHECK(value->members().empty());
  CHECK(value->find("a") == nullptr);
  CHECK_FALSE(value->truth());
  CHECK(parse("[1]")->text().empty());
}

TEST_CASE("parse: hostile documents are refused with the place and the reason", "[base]") {
  const auto [name, text, expected] = GENERATE(table<std::string, std::string, std::string>({
      {"empty", "", "byte 0: The document is empty"},
      {"only spaces", " \n\t", "The document is empty"},
      {"B28", std::string(200'000, '['), "byte 16: nesting deeper than 16"},
      {"B29", repeat(R"({"a":)", 200'000), "nesting deeper than 16"},
      {"B34", std::string(900'000, '9'), "JSON: byte"},
      {"long fraction", "0." + std::string(100, '1'), "more than 64 characters"},
      {"B35 NaN", "[NaN]", "Invalid value"},
      {"B35 Infinity", "[Infinity]", "Invalid value"},
      {"B35 -inf", "[-inf]", "Invalid value"},
      {"B36", R"({"a":1,"b":2,"a":3})", "the key 'a' twice in one object"},
      {"B36 escaped", R"({"a":1,"\u0061":3})", "the key 'a' twice in one object"},
      {"B36 nested", R"([{"x":{"":1,"":2}}])", "the key '' twice in one object"},
      {"B43", "\xEF\xBB\xBF{}", "byte 0: Invalid value"},
      {"B44", "{} x", "must not be followed by other values"},
      {"two documents", "{}{}", "must not be followed by other values"},
      {"NUL hides the rest", std::string("[1]\0[", 5), "byte 3: a NUL"},
      {"B45 lone continuation", "[\"\x80\"]", "not valid UTF-8"},
      {"B45 0xFF", "[\"\xFF\"]", "not valid UTF-8"},
      {"B45 cut short", "[\"\xE2\x82\"]", "not valid UTF-8"},
      {"B45 five bytes", "[\"\xF8\x88\x80\x80\x80\"]", "not valid UTF-8"},
      {"B45 above U+10FFFF", "[\"\xF4\x90\x80\x80\"]", "not valid UTF-8"},
      {"B46", "[\"\xC0\xAF\"]", "not valid UTF-8"},
      {"B46 three bytes", "[\"\xE0\x80\xAF\"]", "not valid UTF-8"},
      {"B46 NUL", "[\"\xC0\x80\"]", "not valid UTF-8"},
      {"B47 high", R"(["\ud800"])", "surrogate"},
      {"B47 low", R"(["\udc00"])", "not valid UTF-8"},
      {"B47 low in a key", R"({"\udfff":1})", "not valid UTF-8"},
      {"B47 bytes", "[\"\xED\xA0\x80\"]", "not valid UTF-8"},
      {"bare control", "[\"a\nb\"]", "Invalid"},
      {"single quotes", "['a']", "Invalid value"},
      {"comment", "[1/*x*/]", "Missing a comma or ']'"},
      {"trailing comma", "[1,]", "Invalid value"},
      {"leading zero", "[01]", "Missing a comma or ']'"},
      {"plus", "[+1]", "Invalid value"},
      {"bare point", "[1.]", "Miss fraction"},
      {"bare exponent", "[1e]", "Miss exponent"},
      {"hex", "[0x10]", "Missing a comma or ']'"},
      {"bad escape", R"(["\x41"])", "Invalid escape"},
      {"unclosed", R"({"a":[1,2)", "Missing a comma or ']'"},
      {"no key", "{1:2}", "Missing a name"},
  }));
  CAPTURE(name);
  CHECK_THAT(refusal(text), ContainsSubstring(expected));
}

TEST_CASE("parse: limits hold to the value", "[base]") {
  CHECK(refusal(R"([[1]])", {.depth = 2}) == "accepted");
  CHECK_THAT(refusal(R"([[[]]])", {.depth = 2}), ContainsSubstring("deeper than 2"));
  CHECK_THAT(refusal("[]", {.depth = 0}), ContainsSubstring("deeper than 0"));
  CHECK(refusal("[1,2]", {.values = 3}) == "accepted");
  CHECK_THAT(refusal("[1,2,3]", {.values = 3}), ContainsSubstring("more than 3 values"));
  CHECK(refusal("[12]", {.bytes = 4}) == "accepted");
  CHECK_THAT(refusal("[123]", {.bytes = 4}), ContainsSubstring("larger than 4 bytes"));
  CHECK_THAT(refusal(std::string(2'000'000, '1')), ContainsSubstring("larger than 1048576 bytes"));
  // Whoever asks for more nesting than a destructor's stack is good for does not get it.
  CHECK_THAT(refusal(std::string(500'000, '['), {.depth = 1'000'000}),
             ContainsSubstring("deeper than 256"));
}

TEST_CASE("parse: 65,000 keys are one quick document", "[base]") {
  std::string text = "{";
  for (int at = 0; at < 65'000; ++at) text += "\"k" + std::to_string(at) + "\":1,";
  const Result<Value> value = parse(text + "\"last\":2}");
  REQUIRE(value);
  CHECK(value->members().size() == 65'001);
  CHECK(value->find("last")->text() == "2");
}

TEST_CASE("parse: numbers that kill a converting parser are text here", "[base]") {
  const std::string text = GENERATE(
      "1.00000000001e-2147483638", "1e-2147483648", "1e-2147483649", "-1e-99999999999999999999",
      "0.00000000001E-2147483638000", "123456789.123456789e-2147483639", "0e-2147483648",
      "1.00000000001e-214748364", "9.99999999999999999999e-2147483647", "-0.0e-4294967296");
  CAPTURE(text);
  const Result<Value> value = parse("[" + text + "]");
  if (value) {
    CHECK(value->items()[0].text() == text);
    const Result<double> number = Cursor(value->items()[0], "n").number(-1, 1);
    CHECK((!number || *number == 0));
  }
}

TEST_CASE("parse: random bytes never do more than fail", "[base]") {
  REQUIRE(rc::check("total function", [](const std::string& text) {
    const Result<Value> value = parse(text);
    const bool told = value.has_value() || !value.error().message().empty();
    RC_ASSERT(told);
  }));
}

TEST_CASE("parse: broken JSON never does more than fail", "[base]") {
  const auto word = rc::gen::elementOf(std::vector<std::string>{
      "{",        "}",         "[",       "]",    ",",    ":",    "\"a\"",
      "\"",       "\\u",       "\\ud800", "1",    "-",    "e",    "1e999",
      "1e-99999", "214748364", ".",       "null", "true", "\xFF", "\xED\xA0\x80",
      " "});
  REQUIRE(rc::check("total function", [&] {
    std::string text;
    for (const std::string& next : *rc::gen::container<std::vector<std::string>>(word)) {
      text += next;
    }
    const Result<Value> value = parse(text);
    const bool told = value.has_value() || !value.error().message().empty();
    RC_ASSERT(told);
  }));
}

}  // namespace kernwise::json
