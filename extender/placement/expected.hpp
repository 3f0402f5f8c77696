// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "extender/placement/score.hpp"

namespace kernwise::placement {

/// Demand expected on one row of a table.
struct Expected {
  std::uint32_t row = 0;
  PerResource demand{};
};

/// Demand expected on the rows of a table beside what they show, in columns. Rows beyond its end
/// have none.
class ExpectedLoad {
 public:
  ExpectedLoad() = default;
  explicit ExpectedLoad(std::size_t rows) { resize(rows); }

  void resize(std::size_t rows) {
    for (auto& column : columns_) column.resize(rows);
    added_to_.resize(rows);
  }
  /// Costs as much as was added, which for one pod after the other is little.
  void clear() {
    for (const std::uint32_t row : touched_) {
      added_to_[row] = 0;
      for (auto& column : columns_) column[row] = 0;
    }
    touched_.clear();
  }
  /// Nothing was added since it was made or cleared.
  [[nodiscard]] bool empty() const { return touched_.empty(); }
  /// Something was added to that row since then; no row that does not exist.
  [[nodiscard]] bool was_added_to(std::uint32_t row) const {
    return row < added_to_.size() && added_to_[row] != 0;
  }
  [[nodiscard]] std::size_t rows() const { return columns_.front().size(); }
  /// Adds `part` of `demand` to a row below rows().
  void add(std::size_t row, const PerResource& demand, double part) {
    for (std::size_t r = 0; r < kResources; ++r) columns_[r][row] += part * demand[r];
    if (std::exchange(added_to_[row], 1) == 0) touched_.push_back(static_cast<std::uint32_t>(row));
  }
  [[nodiscard]] const std::vector<double>& of(std::size_t resource) const {
    return columns_[resource];
  }
  [[nodiscard]] PerResource at(std::size_t row) const {
    PerResource here{};
    if (row >= rows()) return here;
    for (std::size_t r = 0; r < kResources; ++r) here[r] = columns_[r][row];
    return here;
  }
  /// What is expected on those of `rows` that exist; nothing for a row where that is zero.
  [[nodiscard]] std::vector<Expected> on(std::span<const std::uint32_t> wanted) const {
    std::vector<Expected> some;
    if (empty()) return some;
    for (const std::uint32_t row : wanted) {
      if (!was_added_to(row)) continue;
      const PerResource demand = at(row);
      if (demand != PerResource{}) some.push_back({row, demand});
    }
    return some;
  }

 private:
  std::array<std::vector<double>, kResources> columns_;
  std::vector<std::uint8_t> added_to_;  // by row
  std::vector<std::uint32_t> touched_;  // the rows that something was added to
};

}  // namespace kernwise::placement
