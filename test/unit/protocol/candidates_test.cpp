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
    args.rows = {2, kNoRow, 0, 2, kNoRow, kNoRow, 0};
    args.unknown = {"x", "x", "y"};
    if (whole) args.raw_nodes = {"0", "1", "2", "3", "4", "5", "6"};
    distinct.keep_first(args, 3);
    CHECK(args.rows == Rows{2, kNoRow, 0, kNoRow});
    CHECK(args.unknown == Names{"x", "y"});
    CHECK(args.raw_nodes == (whole ? Names{"0", "1", "2", "5"} : Names{}));
  }
}

TEST_CASE("Distinct: only known ones, or one of them twice among thousands", "[protocol]") {
  constexpr std::uint32_t kMany = 5'000;
  Distinct distinct;
  for (int call = 0; call < 4; ++call) {
    ExtenderArgs args;
    for (std::uint32_t row = 0; row < kMany; ++row) args.rows.push_back(kMany - 1 - row);
    if (call % 2 == 1) args.rows.push_back(7);
    distinct.keep_first(args, kMany);
    REQUIRE(args.rows.size() == kMany);
    CHECK(args.rows.front() == kMany - 1);
    CHECK(args.rows.back() == 0);
  }
}

TEST_CASE("Distinct: follows the table when nodes come and go", "[protocol]") {
  Distinct distinct;
  for (const std::size_t rows : {0, 1, 3, 2, 0}) {
    ExtenderArgs args;
    for (std::uint32_t row = 0; row < 2 * rows; ++row) {
      args.rows.push_back(row / 2);
    }
    distinct.keep_first(args, rows);
    CHECK(args.rows.size() == rows);
    CHECK(args.unknown.empty());
  }
}

}  // namespace
}  // namespace kernwise::protocol
