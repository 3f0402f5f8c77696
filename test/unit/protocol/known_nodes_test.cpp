// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/known_nodes.hpp"

#include <catch2/catch_all.hpp>
#include <string>
#include <vector>

namespace kernwise::protocol {
namespace {

placement::NodeTable table_of(const std::vector<std::string>& names) {
  std::vector<placement::NodeRow> rows;
  for (const std::string& name : names) rows.emplace_back().name = name;
  return placement::NodeTable(std::move(rows));
}

TEST_CASE("KnownNodes: any order of requests gives the right rows", "[protocol]") {
  const std::vector<std::string> names = {"n0", "n1", "n2", "n3", "n4"};
  const placement::NodeTable nodes = table_of(names);
  const placement::NodeTable fewer = table_of({"n4", "n0"});
  KnownNodes known;
  const std::vector<std::vector<std::string>> requests = {{"n0", "n1", "n2", "n3", "n4"},
                                                          {"n2", "n3", "n4", "n0", "n1"},
                                                          {"n4", "x", "n3", "n3"},
                                                          {"x", "y"},
                                                          {"n4", "n3", "n2"},
                                                          {}};
  for (int round = 0; round < 2; ++round) {
    for (const auto& request : requests) {
      known.begin(nodes.index());
      for (const std::string& name : request) CHECK(known.next(name) == nodes.index().find(name));
    }
    known.begin(fewer.index());
    CHECK(known.next("n0") == 1);
    CHECK(known.next("n3") == placement::kNoRow);
    CHECK(known.next("n4") == 0);
  }
}

TEST_CASE("KnownNodes: what is likely follows the last request and the table", "[protocol]") {
  const auto nodes = table_of({"a", "bb", "ccc"}), others = table_of({"ccc", "x", "a"});
  KnownNodes known;
  known.begin(nodes.index());
  auto walk = known.walk();
  for (const char* name : {"a", "bb", "ccc"}) {
    CHECK(walk.likely() == name);
    CHECK(walk.likely_item() == '"' + std::string(name) + R"(",")");
    CHECK(walk.take() == nodes.index().find(name));
  }
  CHECK(walk.likely().empty());
  CHECK(walk.likely_item().empty());
  for (const char* name : {"ccc", "a", "bb"}) CHECK(known.next(name) == nodes.index().find(name));
  known.begin(nodes.index());
  walk = known.walk();
  for (const char* name : {"ccc", "a", "bb"}) {
    CHECK(walk.likely() == name);
    walk.take();
  }
  known.go_on_from(walk);
  CHECK(known.next("a") == 0);
  known.begin(others.index());
  CHECK(known.walk().likely() == "a");  // the same place, another table
  CHECK(known.texts().of(1) == R"({"Host":"x","Score":)");
  CHECK(known.longest() == known.texts().of(0).size());
}

TEST_CASE("KnownNodes: where a name needs escapes, none is likely", "[protocol]") {
  KnownNodes known;
  const auto nodes = table_of({"a", "b\"", "c<d"}), plain = table_of({"a"}), none = table_of({});
  known.begin(nodes.index());
  CHECK(known.walk().likely().empty());
  CHECK(known.walk().likely_item().empty());
  CHECK(known.next("b\"") == 1);
  CHECK(known.texts().of(1) == R"({"Host":"b\"","Score":)");
  CHECK(known.texts().of(2) == R"({"Host":"c\u003cd","Score":)");
  known.begin(plain.index());
  CHECK(known.walk().likely() == "a");
  known.begin(none.index());
  CHECK(known.walk().likely().empty());
}

}  // namespace
}  // namespace kernwise::protocol
