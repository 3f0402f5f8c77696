// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/candidates.hpp"

namespace kernwise::protocol {

bool CandidateSet::is_first(std::string_view name, std::uint32_t row) {
  if (row == placement::kNoRow) return unknown_.insert(name).second;
  if (seen_in_[row] == call_) return false;
  seen_in_[row] = call_;
  return true;
}

void CandidateSet::resolve(std::span<const std::string_view> names,
                           const placement::NodeTable& nodes) {
  unknown_.clear();
  if (seen_in_.size() != nodes.rows().size() || ++call_ == 0) {
    seen_in_.assign(nodes.rows().size(), 0);
    call_ = 1;
  }
  names_.resize(names.size());
  rows_.resize(names.size());
  places_.resize(names.size());
  order_.begin(nodes.index());
  std::size_t count = 0;
  for (std::uint32_t place = 0; place < names.size(); ++place) {
    const std::uint32_t row = order_.next(names[place]);
    if (!is_first(names[place], row)) continue;
    names_[count] = names[place];
    rows_[count] = row;
    places_[count] = place;
    ++count;
  }
  names_.resize(count);
  rows_.resize(count);
  places_.resize(count);
}

}  // namespace kernwise::protocol
