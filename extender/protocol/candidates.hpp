// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "extender/placement/node_table.hpp"

namespace kernwise::protocol {

/// The distinct candidates of a request beside their rows. A name that is asked about twice appears
/// once, at its first place: kube-scheduler would add the score of a repeated host twice.
class CandidateSet {
 public:
  /// Replaces the content. `names` and `nodes` must outlive the use of this object.
  void resolve(std::span<const std::string_view> names, const placement::NodeTable& nodes);

  [[nodiscard]] std::span<const std::string_view> names() const { return names_; }
  /// Beside names(): positions in the table; kNoRow for a node nobody reported.
  [[nodiscard]] std::span<const std::uint32_t> rows() const { return rows_; }
  /// Beside names(): where in the request it stood.
  [[nodiscard]] std::span<const std::uint32_t> places() const { return places_; }
  [[nodiscard]] std::size_t unknown() const { return unknown_.size(); }

 private:
  bool is_first(std::string_view name, std::uint32_t row);

  placement::NodeOrder order_;
  std::vector<std::string_view> names_;
  std::vector<std::uint32_t> rows_;
  std::vector<std::uint32_t> places_;
  std::vector<std::uint32_t> seen_in_;  // by row: the call that last saw it
  std::uint32_t call_ = 0;
  std::unordered_set<std::string_view> unknown_;
};

}  // namespace kernwise::protocol
