// SPDX-License-Identifier: Apache-2.0
#include "extender/placement/columns.hpp"

#include <algorithm>
#include <limits>

#include "extender/placement/formula.hpp"

namespace kernwise::placement {

Columns::Columns(std::span<const NodeRow> rows) : size_(rows.size()) {
  using formula::amount;
  using formula::part;
  for (std::size_t r = 0; r < kResources; ++r) {
    OfResource& column = resources_[r];
    for (Column* one : {&column.load, &column.deviation, &column.pending, &column.inverse_capacity,
                        &column.contention, &column.sensitivity}) {
      one->reserve(rows.size() + kPadding);
    }
    for (const NodeRow& row : rows) {
      column.load.push_back(amount(row.load[r]));
      column.deviation.push_back(amount(row.deviation[r]));
      column.pending.push_back(formula::change(row.pending[r]));
      column.inverse_capacity.push_back(formula::inverse(row.capacity[r]));
      column.contention.push_back(part(row.contention[r]));
      column.sensitivity.push_back(part(row.sensitivity[r]));
    }
    for (Column* one : {&column.load, &column.deviation, &column.pending, &column.inverse_capacity,
                        &column.contention, &column.sensitivity}) {
      one->resize(rows.size() + kPadding);
    }
  }
  for (Column* one : {&age_, &churn_}) one->reserve(rows.size() + kPadding);
  top_priority_.reserve(rows.size() + kPadding);
  for (const NodeRow& row : rows) {
    age_.push_back(formula::is_usable(row) ? row.age_seconds
                                           : std::numeric_limits<double>::infinity());
    oldest_ = std::max(oldest_, age_.back());
    churn_.push_back(part(row.churn));
    top_priority_.push_back(row.top_priority);
  }
  for (Column* one : {&age_, &churn_}) one->resize(rows.size() + kPadding);
  top_priority_.resize(rows.size() + kPadding);
}

}  // namespace kernwise::placement
