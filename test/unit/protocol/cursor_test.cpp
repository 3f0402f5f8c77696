// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_all.hpp>
#include <random>

#include "common/base/json.hpp"
#include "extender/protocol/cursor.hpp"
#include "extender/protocol/decode.hpp"

namespace kernwise::protocol {
namespace {

constexpr std::size_t kDepth = 8;
constexpr std::size_t kWindow = 256UL * 1024;  // as long as the pieces that are looked at

std::string problem_with(std::string_view text) {
  static reader::Cursor cursor(kDepth);
  cursor.begin(text);
  auto read = cursor.skip();
  if (read) read = cursor.end();
  return read ? "" : read.error().message();
}

bool accepted_elsewhere(const std::string& text) {
  return json::parse(text, {.depth = kDepth, .bytes = kMaxBodyBytes, .values = 10'000'000})
      .has_value();
}

TEST_CASE("cursor: values of each kind", "[protocol]") {
  for (const char* text :
       {"{}", "[]", "\"\"", "0", "-0", "-1.5e-3", "1E+9", "1e-400", "true", "false", "null",
        " [1] ", R"([{},[],"a",1,true,{"b":[null,{"c":"\\"}]}])", "[[[[[[[[1]]]]]]]]",
        "18446744073709551616", "{\"\":\"\"}", "[1 ,\t2\n,\r3]"}) {
    CAPTURE(text);
    CHECK(problem_with(text).empty());
    CHECK(accepted_elsewhere(text));
  }
}

TEST_CASE("cursor: what is no JSON says where it stops", "[protocol]") {
  const auto [text, problem] = GENERATE(table<std::string, std::string>({
      {"", "expected a value before byte 0"},
      {"[", "expected a value before byte 1"},
      {"[1", "expected a comma or the end of a list before byte 2"},
      {"[1 2]", "expected a comma or the end of a list before byte 4"},
      {"[1,]", "expected a value before byte 4"},
      {"[1}", "expected a comma or the end of a list before byte 3"},
      {"{1:2}", "expected a member"},
      {R"({"a"})", "expected a member"},
      {R"({"a":1,})", "expected a member"},
      {R"({"a" "b"})", "expected a member"},
      {R"({"a":})", "expected a value"},
      {R"(["a"b])", "expected a comma or the end of a list"},
      {R"(["a""b"])", "expected a comma or the end of a list"},
      {R"([1"b"])", "expected a value"},
      {R"([true"b"])", "expected a value"},
      {"[truex]", "expected a value"},
      {"[nul]", "expected a value"},
      {"[01]", "expected a value"},
      {"[-]", "expected a value"},
      {"[1.]", "expected a value"},
      {"[.5]", "expected a value"},
      {"[1e]", "expected a value"},
      {"[1e400]", "expected a value"},
      {"[1] 2", "expected the end before byte 4"},
      {"[[[[[[[[[1]]]]]]]]]", "too deep"},
      {R"(["a)", "A string is opened"},
      {R"(["\x"])", "a broken escape at byte 2"},
      {"[\"a\nb\"]", "Within strings"},
      {"[\"\xff\"]", "The input is not valid UTF-8"},
  }));
  CAPTURE(text);
  CHECK(problem_with(text).find(problem) != std::string::npos);
  CHECK_FALSE(accepted_elsewhere(text));
}

TEST_CASE("cursor: agrees with the other reader whatever two tokens stand beside each other",
          "[protocol]") {
  const std::vector<std::string> tokens = {"{",        "}", "[",      "]",    ",",    ":", "\"z\"",
                                           "\"\\\"\"", "1", "-2.5e1", "true", "null", " ", ""};
  const std::vector<std::string> text = {"{",     "\"a\"", ":",     "[", "1",    ",", "{",
                                         "\"b\"", ":",     "true",  "}", ",",    "[", "]",
                                         "]",     ",",     "\"d\"", ":", "null", "}"};
  int accepted = 0;
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    for (const std::string& first : tokens) {
      for (const std::string& second : tokens) {
        std::vector<std::string> changed = text;
        changed[at] = first;
        changed[at + 1] = second;
        std::string all;
        for (const std::string& part : changed) all += part;
        const bool taken = problem_with(all).empty();
        accepted += taken ? 1 : 0;
        CAPTURE(all);
        CHECK(taken == accepted_elsewhere(all));
      }
    }
  }
  CHECK(accepted > 50);
}

/// Strings that make it hard to see where one ends, of up to `most` bytes.
std::string tricky(std::mt19937& chance, std::size_t most) {
  static constexpr std::string_view kParts[] = {
      ",", "\\\"", "\\\\", "},{", "],[", "plain", "\xc3\xa9", "\\n", "\\ud83d\\ude00", " "};
  std::string text;
  const std::size_t size = chance() % most;
  while (text.size() < size) text += kParts[chance() % std::size(kParts)];
  return text;
}

TEST_CASE("cursor: a text of many windows is read as one", "[protocol]") {
  std::mt19937 chance(GENERATE(1, 2, 3));
  std::vector<std::string> nodes;
  std::string body = R"({"Nodes":{"items":[)";
  for (int i = 0; body.size() < 8 * kWindow; ++i) {
    // Every eighth has a string that no window holds.
    const std::size_t most = i % 8 == 7 ? 3 * kWindow : 40'000;
    nodes.push_back(R"({"metadata":{"annotations":{"a":")" + tricky(chance, most) +
                    R"("},"name":"n)" + std::to_string(i) + R"("},"n":[1,2.5,true,{}]})");
    body += (i == 0 ? "" : ",") + nodes.back();
  }
  const std::size_t end_of_nodes = body.size();
  body += R"(]},"Pod":{"metadata":{"name":"p"}}})";
  Decoder decoder;
  ExtenderArgs args;
  static const placement::NodeIndex none;
  KnownNodes known;
  known.begin(none);
  REQUIRE(decoder.decode(body, known, args).has_value());
  REQUIRE(args.raw_nodes.size() == nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    CHECK(args.unknown[i] == "n" + std::to_string(i));
    CHECK((args.raw_nodes[i] == nodes[i]));
  }
  CHECK(args.pod.name == "p");

  SECTION("and refused as one, wherever it breaks") {
    for (int turn = 0; turn < 40; ++turn) {
      std::string broken = body;
      const std::size_t at = chance() % end_of_nodes;
      broken[at] = "\"\\{]x,"[chance() % 6];
      CAPTURE(at, broken[at], body[at]);
      const auto decoded = decoder.decode(broken, known, args);
      // Our limits refuse more: names, types, members given twice.
      if (decoded) CHECK(json::parse(broken, {.bytes = kMaxBodyBytes}).has_value());
    }
  }
}

}  // namespace
}  // namespace kernwise::protocol
