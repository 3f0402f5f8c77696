// SPDX-License-Identifier: Apache-2.0
#include "extender/placement/node_table.hpp"

#include <rapidcheck.h>

#include <catch2/catch_all.hpp>
#include <map>

namespace kernwise::placement {
namespace {

NodeTable table_of(const std::vector<std::string>& names) {
  std::vector<NodeRow> rows;
  for (const std::string& name : names) rows.emplace_back().name = name;
  return NodeTable(std::move(rows));
}

TEST_CASE("NodeIndex: finds what it holds and nothing else", "[placement]") {
  const NodeTable nodes = table_of({"n1", "n2", "a-longer-name.example.org"});
  CHECK(nodes.index().find("n1") == 0);
  CHECK(nodes.index().find("a-longer-name.example.org") == 2);
  CHECK(nodes.index().find("n3") == kNoRow);
  CHECK(nodes.index().find("") == kNoRow);
  CHECK(nodes.index().name(1) == "n2");
  CHECK(nodes.index().size() == 3);
}

TEST_CASE("NodeIndex: an empty one finds nothing", "[placement]") {
  CHECK(NodeIndex().find("n1") == kNoRow);
  CHECK(NodeIndex().find("n1", 7) == kNoRow);
  CHECK(table_of({}).index().find("n1") == kNoRow);
}

TEST_CASE("NodeIndex: of equal names the first counts", "[placement]") {
  CHECK(table_of({"x", "n", "n"}).index().find("n") == 1);
}

TEST_CASE("NodeIndex: agrees with a map, whatever is guessed", "[placement]") {
  REQUIRE(rc::check("find", [] {
    const auto names = *rc::gen::container<std::vector<std::string>>(
        rc::gen::container<std::string>(rc::gen::element('a', 'b', '-')));
    std::map<std::string, std::uint32_t> expected;
    for (std::uint32_t i = 0; i < names.size(); ++i) expected.emplace(names[i], i);
    const NodeTable nodes = table_of(names);
    const auto wanted = *rc::gen::container<std::string>(rc::gen::element('a', 'b', '-'));
    const auto found = expected.find(wanted);
    const std::uint32_t position = found == expected.end() ? kNoRow : found->second;
    RC_ASSERT(nodes.index().find(wanted) == position);
    const auto guess = *rc::gen::arbitrary<std::uint32_t>();
    const std::uint32_t guessed = nodes.index().find(wanted, guess);
    RC_ASSERT(guessed == position || (guessed == guess && names[guess] == wanted));
  }));
}

TEST_CASE("NodeTable: copies and moves keep their index", "[placement]") {
  NodeTable nodes = table_of({"short", "a-name-that-does-not-fit-inside-a-string"});
  const NodeTable copy = nodes;
  const NodeTable moved = std::move(nodes);
  for (const NodeTable* table : {&copy, &moved}) {
    CHECK(table->rows()[table->index().find("short")].name == "short");
    CHECK(table->index().find("a-name-that-does-not-fit-inside-a-string") == 1);
  }
}

}  // namespace
}  // namespace kernwise::placement
