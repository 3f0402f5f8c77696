// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_all.hpp>
#include <cmath>

#include "common/base/json.hpp"
#include "test/support/show_result.hpp"

namespace kernwise::json {
namespace {

/// What reading `text` (one value named `f`) by `read` gives: the value, or the complaint.
template <class Read>
std::string outcome(std::string_view text, Read read) {
  const Result<Value> document = parse("{\"f\":" + std::string(text) + "}");
  if (!document) return "not JSON: " + document.error().message();
  const auto value = read(*Cursor(*document, "").at("f"));
  if (!value) return value.error().message();
  if constexpr (std::is_same_v<std::decay_t<decltype(*value)>, std::string>) {
    return *value;
  } else {
    return std::to_string(*value);
  }
}

}  // namespace

TEST_CASE("Cursor: integers are integers as written", "[base]") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"0", "0"},
      {"7", "7"},
      {"18446744073709551615", "18446744073709551615"},
      {"18446744073709551616", "f: out of range"},
      {"-0", "f: expected an integer of 0 or more, without fraction or exponent"},
      {"-1", "f: expected an integer of 0 or more, without fraction or exponent"},
      {"1.0", "f: expected an integer of 0 or more, without fraction or exponent"},
      {"1e2", "f: expected an integer of 0 or more, without fraction or exponent"},
      {R"("7")", "f: expected an integer"},
      {"null", "f: expected an integer"},
      {"true", "f: expected an integer"},
      {"[7]", "f: expected an integer"},
  }));
  CAPTURE(text);
  CHECK(outcome(text, [](const Cursor& at) { return at.unsigned_integer(); }) == expected);
}

TEST_CASE("Cursor: an integer has the bound it was asked with", "[base]") {
  const auto port = [](const Cursor& at) { return at.unsigned_integer(65535); };
  CHECK(outcome("65535", port) == "65535");
  CHECK(outcome("65536", port) == "f: out of range");
}

TEST_CASE("Cursor: numbers are finite and within their range", "[base]") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"0.5", "0.500000"},
      {"-0", "-0.000000"},
      {"1E0", "1.000000"},
      {"1.5", "f: out of range"},
      {"-0.1", "f: out of range"},
      {"18446744073709551616", "f: out of range"},
      {R"("0.5")", "f: expected a number"},
      {"null", "f: expected a number"},
      {"{}", "f: expected a number"},
  }));
  CAPTURE(text);
  CHECK(outcome(text, [](const Cursor& at) { return at.number(0, 1); }) == expected);
}

TEST_CASE("Cursor: 1e400 is refused, 1e308 is not", "[base]") {
  const auto any = [](const Cursor& at) { return at.number(); };
  CHECK(outcome("1e400", any) != "inf");
  CHECK(outcome("-1e400", any) != "-inf");
  CHECK(outcome("1e308", any) == std::to_string(1e308));
}

TEST_CASE("Cursor: strings hold no control characters and have a bound", "[base]") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {R"("svc-cpu")", "svc-cpu"},
      {R"("")", ""},
      {R"("caf\u00e9")", "caf\xC3\xA9"},
      {R"("\ud83d\ude00")", "\xF0\x9F\x98\x80"},
      {R"("</script>")", "</script>"},
      {R"("a=\"b\"")", "a=\"b\""},
      {R"("../etc")", "../etc"},
      {R"("12345678901")", "f: longer than 10 bytes"},
      {R"("a\u0000b")", "f: a control character in the string"},
      {R"("a\nb")", "f: a control character in the string"},
      {R"("\u001b[31m")", "f: a control character in the string"},
      {R"("a\u007f")", "f: a control character in the string"},
      {R"("a\u0085")", "f: a control character in the string"},
      {R"("a\u202eb")", "f: a control character in the string"},
      {R"("a\u2066b")", "f: a control character in the string"},
      {"5", "f: expected a string"},
      {"null", "f: expected a string"},
  }));
  CAPTURE(text);
  CHECK(outcome(text, [](const Cursor& at) { return at.string(10); }) == expected);
}

TEST_CASE("Cursor: booleans are neither numbers nor words", "[base]") {
  const auto boolean = [](const Cursor& at) { return at.boolean(); };
  CHECK(outcome("true", boolean) == "1");
  CHECK(outcome("1", boolean) == "f: expected true or false");
  CHECK(outcome(R"("true")", boolean) == "f: expected true or false");
}

TEST_CASE("Cursor: the path leads to the field", "[base]") {
  const Result<Value> document = parse(R"({"containers":[{},{"shares":{"disk":"x"}}]})");
  REQUIRE(document);
  const auto containers = Cursor(*document, "report").at("containers")->items(2);
  REQUIRE(containers);
  const auto disk = containers->at(1).at("shares")->at("disk");
  REQUIRE(disk);
  CHECK(disk->number().error().message() == "report.containers[1].shares.disk: expected a number");
  CHECK(containers->at(0).at("shares").error().message() == "report.containers[0].shares: missing");
  CHECK(containers->at(1).at("shares")->items(5).error().message() ==
        "report.containers[1].shares: expected an array");
  CHECK(Cursor(*document, "").at("containers")->items(1).error().message() ==
        "containers: more than 1 elements");
  CHECK(disk->at("x").error().message() == "report.containers[1].shares.disk: expected an object");
}

TEST_CASE("Cursor: an optional member is there, absent, or null", "[base]") {
  const Result<Value> document = parse(R"({"a":1,"b":null})");
  REQUIRE(document);
  const Cursor root(*document, "");
  REQUIRE(root.optional("a"));
  REQUIRE(root.optional("a")->size() == 1);
  CHECK(root.optional("a")->front().path() == "a");
  CHECK(root.optional("b")->empty());
  CHECK(root.optional("c")->empty());
  CHECK(root.at("a")->optional("x").error().message() == "a: expected an object");
  CHECK(Cursor(*document, "").error("no").message() == "no");
}

}  // namespace kernwise::json
