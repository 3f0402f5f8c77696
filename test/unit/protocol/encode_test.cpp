// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/encode.hpp"

#include <rapidcheck.h>

#include <catch2/catch_all.hpp>
#include <map>

#include "common/base/json.hpp"
#include "test/corpus/hostile_json.hpp"

namespace kernwise::protocol {
namespace {

using placement::Ranking;

Ranking ranking_of(const std::vector<int>& scores) {
  Ranking ranking;
  for (const int score : scores) ranking.scores.push_back(static_cast<std::uint8_t>(score));
  return ranking;
}

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

/// Host to score, as kube-scheduler adds them up.
std::map<std::string, std::int64_t> scores_in(const std::string& answer) {
  const auto parsed = json::parse(answer, {.depth = 8, .bytes = 1 << 24, .values = 1 << 20});
  REQUIRE(parsed.has_value());
  std::map<std::string, std::int64_t> scores;
  for (const json::Value& host : parsed->items()) {
    scores[std::string(host.find("Host")->text())] +=
        std::stoll(std::string(host.find("Score")->text()));
  }
  return scores;
}

TEST_CASE("append_json_string: escapes as Go does", "[protocol]") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"", R"("")"},
      {"node-1", R"("node-1")"},
      {R"(a"b\c)", R"("a\"b\\c")"},
      {"a\nb\rc\td", R"("a\nb\rc\td")"},
      {"\b\f", R"("\b\f")"},
      {std::string("\0\x1f\x7f", 3), "\"\\u0000\\u001f\x7f\""},
      {"<&>", R"("\u003c\u0026\u003e")"},
      {"a\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa", "\"a\\u2028\\u2029\xe2\x80\xaa\""},
      {"n\xc3\xb6\xf0\x9f\x98\x80", "\"n\xc3\xb6\xf0\x9f\x98\x80\""},
  }));
  CAPTURE(text);
  CHECK(quoted(text) == expected);
}

TEST_CASE("append_json_string: another reader gets the same text back", "[protocol]") {
  REQUIRE(rc::check("round trip", [] {
    // Every ASCII byte, with one character of more bytes in between.
    const auto parts = *rc::gen::container<std::vector<char>>(rc::gen::inRange<char>(0, 127));
    std::string text;
    for (const char c : parts) c == 'x' ? text += "\xe2\x80\xa8" : text += c;
    const auto parsed = json::parse(quoted(text));
    RC_ASSERT(parsed.has_value());
    RC_ASSERT(parsed->text() == text);
  }));
}

TEST_CASE("encode_priorities: a bare array with integers", "[protocol]") {
  const std::string_view names[] = {"n1", "n2", "n3"};
  CHECK(encode_priorities(ranking_of({7, 0, 10}), names) ==
        R"([{"Host":"n1","Score":7},{"Host":"n2","Score":0},{"Host":"n3","Score":10}])");
  CHECK(encode_priorities({}, names) == "[]");
  CHECK(encode_priorities(ranking_of({}), std::vector<std::string_view>{}) == "[]");
}

TEST_CASE("encode_priorities: names that need escapes fit wherever they stand", "[protocol]") {
  const auto odd = corpus::markup_strings();
  std::vector<std::string_view> names;
  std::vector<int> scores;
  for (const auto& [name, text] : odd) {
    names.push_back(text);
    scores.push_back(static_cast<int>(names.size()));
  }
  const auto read = scores_in(encode_priorities(ranking_of(scores), names));
  REQUIRE(read.size() == odd.size());
  for (std::size_t i = 0; i < odd.size(); ++i) CHECK(read.at(odd[i].text) == scores[i]);
}

TEST_CASE("encode_priorities: texts made before say the same", "[protocol]") {
  KnownNodes known_nodes;
  for (const std::vector<std::string>& known :
       {std::vector<std::string>{"n1", "a<b", std::string(40, 'n')}, {"n2", "n1"}, {}}) {
    std::vector<placement::NodeRow> rows;
    for (const std::string& name : known) rows.emplace_back().name = name;
    const placement::NodeTable nodes(rows);
    known_nodes.begin(nodes.index());
    const std::string longest(40, 'n');
    const std::vector<std::string_view> names{"n1", "x", "a<b", longest, "n2", "\"", "n1"};
    std::vector<std::uint32_t> at;
    std::vector<std::string_view> unknown;
    for (const std::string_view name : names) {
      at.push_back(nodes.index().find(name));
      if (at.back() == placement::kNoRow) unknown.push_back(name);
    }
    const auto ranking = ranking_of({7, 0, 10, 3, 3, 3, 10});
    const Hosts hosts{at, unknown, known_nodes};
    CHECK(encode_priorities(ranking, hosts) == encode_priorities(ranking, names));
    CHECK(encode_relative(ranking, hosts) == encode_relative(ranking, names));
  }
}

TEST_CASE("encode_relative: leaves out the most frequent score", "[protocol]") {
  const std::string_view names[] = {"a", "b", "c", "d", "e"};
  CHECK(encode_relative(ranking_of({7, 7, 2, 7, 9}), names) ==
        R"([{"Host":"c","Score":-5},{"Host":"e","Score":2}])");
  CHECK(encode_relative(ranking_of({5, 5, 5, 5, 5}), names) == "[]");
  // Of equally frequent scores the lower one is the base.
  CHECK(encode_relative(ranking_of({3, 8}), names) == R"([{"Host":"b","Score":5}])");
}

TEST_CASE("encode_relative: prefers as the full answer does", "[protocol]") {
  REQUIRE(rc::check("same differences", [] {
    const auto scores = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 11));
    std::vector<std::string> owned;
    for (std::size_t i = 0; i < scores.size(); ++i) owned.push_back("n" + std::to_string(i));
    const std::vector<std::string_view> names(owned.begin(), owned.end());
    const Ranking ranking = ranking_of(scores);
    const std::string relative = encode_relative(ranking, names);
    RC_ASSERT(relative.size() <= encode_priorities(ranking, names).size() + scores.size());
    auto some = scores_in(relative);
    std::optional<std::int64_t> base;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      const std::int64_t difference = scores[i] - some[owned[i]];
      if (!base) base = difference;
      RC_ASSERT(difference == *base);
    }
  }));
}

TEST_CASE("encode_filter: the canonical field order with nulls", "[protocol]") {
  FilterResult result;
  CHECK(
      encode_filter(result).joined() ==
      R"({"Nodes":null,"NodeNames":null,"FailedNodes":{},"FailedAndUnresolvableNodes":{},"Error":""})");
  result.node_names = {{"n1", "n2"}};
  result.failed_and_unresolvable_nodes = {{"n4", "b"}, {"n3", "a"}};
  result.failed_nodes = {{"n5", "c"}};
  result.error = "no \"way\"";
  CHECK(encode_filter(result).joined() ==
        R"({"Nodes":null,"NodeNames":["n1","n2"],"FailedNodes":{"n5":"c"},)"
        R"("FailedAndUnresolvableNodes":{"n3":"a","n4":"b"},"Error":"no \"way\""})");
  result = {};
  result.nodes = {{R"({"metadata": {"name":"n1"}})", "{}"}};
  CHECK(encode_filter(result).joined() ==
        R"({"Nodes":{"metadata":{},"items":[{"metadata": {"name":"n1"}},{}]},"NodeNames":null,)"
        R"("FailedNodes":{},"FailedAndUnresolvableNodes":{},"Error":""})");
}

TEST_CASE("encode_filter: nodes are quoted, neighbours as one", "[protocol]") {
  const std::string_view list = R"({"a":1},{"b":2}, {"c":3},{"d":4},{"e":5})";
  const auto node = [&](std::size_t at) { return list.substr(at, 7); };
  FilterResult result;
  const std::vector<std::string_view> nodes{node(0), node(8), node(17), node(33)};
  result.nodes = nodes;
  const Quoted answer = encode_filter(result);
  REQUIRE(answer.quotes.size() == 3);
  CHECK(answer.quotes[0].text == R"({"a":1},{"b":2})");
  CHECK(answer.quotes[1].text == R"({"c":3})");
  CHECK(answer.quotes[2].text == R"({"e":5})");
  CHECK(answer.joined().find(R"("items":[{"a":1},{"b":2},{"c":3},{"e":5}]})") != std::string::npos);
}

}  // namespace
}  // namespace kernwise::protocol
