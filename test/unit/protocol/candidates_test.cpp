// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/candidates.hpp"

#include <catch2/catch_all.hpp>

namespace kernwise::protocol {
namespace {

using Names = std::vector<std::string_view>;
using Rows = std::vector<std::uint32_t>;
constexpr auto kNoRow = placement::kNoRow;

TEST_CASE("Distinct: each candidate once, at its first place", "[protocol]") {
  const bool whole = GENERATE(false, true);
  Distinct distinct;
  for (int call = 0; call < 3; ++call) {
    ExtenderArgs args;
    args.names = {"c", "x", "a", "c", "x", "y", "a"};
    args.rows = {2, kNoRow, 0, 2, kNoRow, kNoRow, 0};
    if (whole) args.raw_nodes = {"0", "1", "2", "3", "4", "5", "6"};
    CHECK(distinct.keep_first(args, 3) == 2);
    CHECK(args.names == Names{"c", "x", "a", "y"});
    CHECK(args.rows == Rows{2, kNoRow, 0, kNoRow});
    CHECK(args.raw_nodes == (whole ? Names{"0", "1", "2", "5"} : Names{}));
  }
}

TEST_CASE("Distinct: follows the table when nodes come and go", "[protocol]") {
  Distinct distinct;
  for (const std::size_t rows : {0, 1, 3, 2, 0}) {
    ExtenderArgs args;
    for (std::uint32_t row = 0; row < 2 * rows; ++row) {
      args.names.emplace_back("n");
      args.rows.push_back(row / 2);
    }
    CHECK(distinct.keep_first(args, rows) == 0);
    CHECK(args.rows.size() == rows);
  }
}

}  // namespace
}  // namespace kernwise::protocol
