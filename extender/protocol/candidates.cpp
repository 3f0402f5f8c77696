// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/candidates.hpp"

namespace kernwise::protocol {

bool Distinct::is_first(std::string_view name, std::uint32_t row) {
  if (row == placement::kNoRow) return unknown_.insert(name).second;
  if (seen_in_[row] == call_) return false;
  seen_in_[row] = call_;
  return true;
}

std::size_t Distinct::keep_first(ExtenderArgs& args, std::size_t rows) {
  unknown_.clear();
  if (seen_in_.size() != rows || ++call_ == 0) {
    seen_in_.assign(rows, 0);
    call_ = 1;
  }
  const bool whole = !args.raw_nodes.empty();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < args.names.size(); ++i) {
    if (!is_first(args.names[i], args.rows[i])) continue;
    if (kept != i) {
      args.names[kept] = args.names[i];
      args.rows[kept] = args.rows[i];
      if (whole) args.raw_nodes[kept] = args.raw_nodes[i];
    }
    ++kept;
  }
  args.names.resize(kept);
  args.rows.resize(kept);
  if (whole) args.raw_nodes.resize(kept);
  return unknown_.size();
}

}  // namespace kernwise::protocol
