// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
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
  }
  /// Costs as much as was added, which for one pod after the other is little.
  void clear() {
    for (auto& column : columns_) {
      for (const std::uint32_t row : touched_) column[row] = 0;
      if (all_touched_) column.assign(column.size(), 0.0);
    }
    touched_.clear();
    all_touched_ = false;
    empty_ = true;
  }
  /// Nothing was added since it was made or cleared.
  [[nodiscard]] bool empty() const { return empty_; }
  [[nodiscard]] std::size_t rows() const { return columns_.front().size(); }
  /// Adds `part` of `demand` to a row below rows().
  void add(std::size_t row, const PerResource& demand, double part) {
    for (std::size_t r = 0; r < kResources; ++r) columns_[r][row] += part * demand[r];
    empty_ = false;
    all_touched_ = all_touched_ || touched_.size() == rows();
    if (!all_touched_) touched_.push_back(static_cast<std::uint32_t>(row));
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
    if (empty_) return some;
    for (const std::uint32_t row : wanted) {
      const PerResource demand = at(row);
      if (demand != PerResource{}) some.push_back({row, demand});
    }
    return some;
  }

 private:
  std::array<std::vector<double>, kResources> columns_;
  std::vector<std::uint32_t> touched_;  // rows that something was added to, some several times
  bool all_touched_ = false;            // more often than there are rows
  bool empty_ = true;
};

}  // namespace kernwise::placement
