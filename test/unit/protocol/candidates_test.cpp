// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/candidates.hpp"

#include <catch2/catch_all.hpp>

namespace kernwise::protocol {
namespace {

placement::NodeTable table_of(const std::vector<std::string>& names) {
  std::vector<placement::NodeRow> rows;
  for (const std::string& name : names) rows.emplace_back().name = name;
  return placement::NodeTable(std::move(rows));
}

TEST_CASE("CandidateSet: each name once, at its first place, beside its row", "[protocol]") {
  const auto nodes = table_of({"a", "b", "c"});
  CandidateSet set;
  const std::string_view names[] = {"c", "x", "a", "c", "x", "y", "a"};
  for (int call = 0; call < 3; ++call) {
    set.resolve(names, nodes);
    CHECK(std::vector(set.names().begin(), set.names().end()) ==
          std::vector<std::string_view>{"c", "x", "a", "y"});
    CHECK(std::vector(set.places().begin(), set.places().end()) ==
          std::vector<std::uint32_t>{0, 1, 2, 5});
    REQUIRE(set.rows().size() == 4);
    CHECK(set.rows()[0] == 2);
    CHECK(set.rows()[1] == placement::kNoRow);
    CHECK(set.rows()[2] == 0);
    CHECK(set.rows()[3] == placement::kNoRow);
    CHECK(set.unknown() == 2);
  }
}

TEST_CASE("CandidateSet: follows the snapshot when nodes come and go", "[protocol]") {
  CandidateSet set;
  const std::string_view names[] = {"a", "b"};
  for (const std::vector<std::string>& known :
       {std::vector<std::string>{}, {"a"}, {"b", "a"}, {"b"}, {}}) {
    const auto nodes = table_of(known);
    set.resolve(names, nodes);
    REQUIRE(set.names().size() == 2);
    CHECK(set.unknown() == 2 - known.size());
    for (std::size_t i = 0; i < 2; ++i) {
      if (set.rows()[i] != placement::kNoRow) CHECK(nodes.rows()[set.rows()[i]].name == names[i]);
    }
  }
  set.resolve({}, table_of({"a"}));
  CHECK(set.names().empty());
}

}  // namespace
}  // namespace kernwise::protocol
