// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch_all.hpp>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "extender/protocol/candidates.hpp"
#include "extender/protocol/decode.hpp"

namespace kernwise::protocol {
namespace {

/// As a reader finds them that has never seen another list, nor the table.
std::vector<std::uint32_t> rows_of(const std::string& body, const placement::NodeIndex& index) {
  static const placement::NodeIndex none;
  KnownNodes known;
  known.begin(none);
  Decoder decoder;
  ExtenderArgs args;
  REQUIRE(decoder.decode(body, known, args).has_value());
  std::vector<std::uint32_t> rows;
  for (const std::string_view name : args.unknown) rows.push_back(index.find(name));
  return rows;
}

TEST_CASE("decode: names are looked up on the way, whatever order they come in", "[protocol]") {
  std::vector<placement::NodeRow> rows;
  for (const char* name : {"a", "node-with-a-name-of-some-length", "c\\u0031", "d\"", "e", "f"}) {
    rows.emplace_back().name = name;
  }
  const bool plain = GENERATE(true, false);
  if (plain) rows.erase(rows.begin() + 2, rows.begin() + 4);
  const placement::NodeTable nodes(rows);
  KnownNodes known;
  Decoder decoder;
  ExtenderArgs args;
  for (const char* names :
       {R"("a","node-with-a-name-of-some-length","e","f")", R"("e","f","a")", R"("f" , "a")",
        R"("a","a","a")", R"("x","a","e\u0030","\u0065","f")", R"("c1","c\\u0031","d\"","d")",
        R"("a\"","node-with-a-name-of-some-length2","node-with-a-name-of-some-lengt")", ""}) {
    for (int call = 0; call < 2; ++call) {
      known.begin(nodes.index());
      const std::string body = R"({"NodeNames":[)" + std::string(names) + R"(],"Pod":{}})";
      CAPTURE(body);
      REQUIRE(decoder.decode(body, known, args).has_value());
      CHECK(args.rows == rows_of(body, nodes.index()));
      for (const std::string_view name : args.unknown) {
        CHECK(nodes.index().find(name) == placement::kNoRow);
      }
    }
  }
  known.begin(nodes.index());
  CHECK_FALSE(decoder.decode(R"({"NodeNames":["a"e"],"Pod":{}})", known, args).has_value());
  known.begin(nodes.index());
  CHECK_FALSE(decoder.decode(R"({"NodeNames":["a)", known, args).has_value());
}

/// A decoder that has seen a list of nodes and expects the same again.
struct Expecting {
  explicit Expecting(std::size_t count) : table(rows_of(count)) {
    REQUIRE(decode(list_of(count)).has_value());
  }
  static std::string name(std::size_t number) {
    return "node-" + std::to_string(1'000'000 + number) + ".example.org";
  }
  static std::vector<placement::NodeRow> rows_of(std::size_t count) {
    std::vector<placement::NodeRow> rows(count);
    for (std::size_t i = 0; i < count; ++i) rows[i].name = name(i);
    return rows;
  }
  static std::string list_of(std::size_t count, const char* comma = ",") {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) list += (i > 0 ? comma : "") + ('"' + name(i) + '"');
    return R"({"Pod":{},"NodeNames":[)" + list + "]}";
  }
  Result<> decode(std::string_view body) {
    known.begin(table.index());
    return decoder.decode(body, known, args);
  }

  placement::NodeTable table;
  KnownNodes known;
  Decoder decoder;
  ExtenderArgs args;
};

TEST_CASE("decode: each candidate is kept once, in whatever order they come", "[protocol]") {
  constexpr std::size_t kCount = 6;
  Expecting expecting(kCount);
  Distinct distinct;
  std::mt19937 chance(7);
  for (int turn = 0; turn < 2'000; ++turn) {
    std::vector<std::uint32_t> rows(chance() % 9), once;
    std::string list;
    for (std::uint32_t i = 0; i < rows.size(); ++i) {
      // Mostly each has its own follower, and so has the last one.
      rows[i] = chance() % 8 == 0 ? chance() % kCount : (i == 0 ? turn / 10U : rows[i - 1] + 1) % 4;
      list.append(i > 0 ? ",\"" : "\"").append(Expecting::name(rows[i])).append(1, '"');
      if (std::find(once.begin(), once.end(), rows[i]) == once.end()) once.push_back(rows[i]);
    }
    const std::string body = R"({"NodeNames":[)" + list + R"(],"Pod":{}})";
    CAPTURE(body);
    for (int call = 0; call < 2; ++call) {
      REQUIRE(expecting.decode(body).has_value());
      REQUIRE(expecting.args.rows == rows);
      distinct.keep_first(expecting.args, kCount);
      REQUIRE(expecting.args.rows == once);
    }
  }
}

TEST_CASE("decode: a list that comes as expected is read to its end", "[protocol]") {
  // Several windows of 256 KB, so some names are the first of theirs.
  constexpr std::size_t kCount = 30'000;
  Expecting expecting(kCount);
  for (const char* comma : {",", " ,\n  "}) {
    REQUIRE(expecting.decode(Expecting::list_of(kCount, comma)).has_value());
    REQUIRE(expecting.args.rows.size() == kCount);
    for (std::size_t i = 0; i < kCount; ++i) REQUIRE(expecting.args.rows[i] == i);
  }
}

TEST_CASE("decode: a list that comes as expected but here and there is read right", "[protocol]") {
  constexpr std::size_t kCount = 3'000;  // from the small first window into larger ones
  Expecting expecting(kCount);
  std::mt19937 chance(7);
  for (int turn = 0; turn < 60; ++turn) {
    const std::mt19937::result_type one_in = 1UL << (turn % 12);
    std::string list;
    for (std::size_t i = 0; i < kCount; ++i) {
      std::string name = Expecting::name(i);
      if (chance() % one_in == 0) {
        const std::string odd[] = {"unknown", Expecting::name(chance() % kCount),
                                   "\\u006eode-" + std::to_string(1'000'000 + i) + ".example.org",
                                   name + "x", name.substr(0, 9)};
        name = odd[chance() % std::size(odd)];
      }
      const char* const comma = chance() % (4 * one_in) == 0 ? " , " : ",";
      if (i > 0) list += comma;
      list.append(1, '"').append(name).append(1, '"');
    }
    const std::string body = R"({"NodeNames":[)" + list + R"(],"Pod":{}})";
    REQUIRE(expecting.decode(body).has_value());
    REQUIRE(expecting.args.rows == rows_of(body, expecting.table.index()));
  }
}

TEST_CASE("decode: not more names than may be, also when they are expected", "[protocol]") {
  Expecting expecting(kMaxCandidates);
  const auto refused = expecting.decode(Expecting::list_of(kMaxCandidates + 1));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message() == "NodeNames: more than 100000 items");
  CHECK(expecting.decode(Expecting::list_of(kMaxCandidates)).has_value());
}

TEST_CASE("decode: what breaks off behind an expected name is refused", "[protocol]") {
  Expecting expecting(4);
  const std::string whole = Expecting::list_of(4);
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    CAPTURE(bytes);
    CHECK_FALSE(expecting.decode(whole.substr(0, bytes)).has_value());
  }
  const std::string first = '"' + Expecting::name(0) + '"', second = '"' + Expecting::name(1) + '"';
  for (const std::string& list :
       {first + ",", first + "," + second + ",", first + second, first + ":" + second,
        first + ",," + second, first + "," + second + ":1", first + "," + second + "x"}) {
    CAPTURE(list);
    CHECK_FALSE(expecting.decode(R"({"Pod":{},"NodeNames":[)" + list + "]}").has_value());
  }
}

TEST_CASE("decode: the key behind a node's name is not the name that is expected", "[protocol]") {
  Expecting expecting(2);
  const std::string nodes = R"({"Pod":{},"Nodes":{"items":[{"metadata":{"name":")" +
                            Expecting::name(0) + R"(",")" + Expecting::name(1) +
                            R"(":{}}},{"metadata":{"name":")" + Expecting::name(1) + R"("}}]}})";
  REQUIRE(expecting.decode(nodes).has_value());
  CHECK(expecting.args.rows == std::vector<std::uint32_t>{0, 1});
  CHECK(expecting.args.raw_nodes.size() == 2);
}

}  // namespace
}  // namespace kernwise::protocol
