// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "extender/placement/score.hpp"

namespace kernwise::placement {

/// What rating reads of each row, in columns and made sane once: amounts are finite and not
/// negative, parts within 0..1. Immutable. Each column goes on for kPadding zeros behind the last
/// row, so that whole blocks can be read from any row on.
class Columns {
 public:
  static constexpr std::size_t kPadding = 64;

  Columns() = default;
  explicit Columns(std::span<const NodeRow> rows);

  using Column = std::vector<double>;
  struct OfResource {
    Column load, deviation, pending, inverse_capacity, contention, sensitivity;
  };

  [[nodiscard]] std::size_t size() const { return size_; }  ///< rows
  [[nodiscard]] const OfResource& of(std::size_t resource) const { return resources_[resource]; }
  [[nodiscard]] const Column& age() const { return age_; }  ///< infinite for an unusable row
  [[nodiscard]] double oldest() const { return oldest_; }   ///< of the ages; 0 of none
  [[nodiscard]] const Column& churn() const { return churn_; }
  [[nodiscard]] const std::vector<std::int32_t>& top_priority() const { return top_priority_; }

 private:
  std::size_t size_ = 0;
  double oldest_ = 0;
  std::array<OfResource, kResources> resources_;
  Column age_, churn_;
  std::vector<std::int32_t> top_priority_;
};

}  // namespace kernwise::placement
