// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "extender/protocol/decode.hpp"

namespace kernwise::protocol {

/// Leaves each candidate of a request once, at its first place: kube-scheduler would add the score
/// of a host that is named twice twice. One per listener thread; remembers what it needs again.
class Distinct {
 public:
  /// `rows` is the number of rows of the table that `args.rows` are of.
  void keep_first(ExtenderArgs& args, std::size_t rows);

 private:
  void begin(std::size_t rows);
  bool are_distinct(std::span<const std::uint32_t> rows);
  bool is_first(std::uint32_t row);

  std::vector<std::uint32_t> seen_in_;  // by row: the look at all candidates that last saw it
  std::uint32_t call_ = 0;
  std::unordered_set<std::string_view> unknown_;
};

}  // namespace kernwise::protocol
