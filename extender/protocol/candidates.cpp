// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/candidates.hpp"

namespace kernwise::protocol {
namespace {

/// Many are compared at a time, which std::find does not.
bool repeats_last(std::span<const std::uint32_t> rows) {
  if (rows.empty()) return false;
  std::uint32_t repeated = 0;
  for (const std::uint32_t row : rows.first(rows.size() - 1)) {
    repeated |= row == rows.back() ? 1U : 0U;
  }
  return repeated != 0;
}

}  // namespace

bool Distinct::is_first(std::uint32_t row) {
  if (seen_in_[row] == call_) return false;
  seen_in_[row] = call_;
  return true;
}

/// Each has another row.
bool Distinct::are_distinct(std::span<const std::uint32_t> rows) {
  bool repeated = false;
  for (const std::uint32_t row : rows) {
    if (row == placement::kNoRow) return false;
    repeated |= seen_in_[row] == call_;
    seen_in_[row] = call_;
  }
  return !repeated;
}

void Distinct::begin(std::size_t rows) {
  if (seen_in_.size() != rows || ++call_ == 0) {
    seen_in_.assign(rows, 0);
    call_ = 1;
  }
}

void Distinct::keep_first(ExtenderArgs& args, std::size_t rows) {
  // As nearly always, and mostly in the order of the last request.
  if (args.kept_order && args.unknown.empty() && !repeats_last(args.rows)) return;
  begin(rows);
  if (are_distinct(args.rows)) return;
  begin(rows);
  unknown_.clear();
  std::size_t kept = 0, unknown = 0, passed = 0;
  for (std::size_t i = 0; i < args.rows.size(); ++i) {
    const std::uint32_t row = args.rows[i];
    if (row == placement::kNoRow) {
      const std::string_view name = args.unknown[passed++];
      if (!unknown_.insert(name).second) continue;
      args.unknown[unknown++] = name;
    } else if (!is_first(row)) {
      continue;
    }
    args.rows[kept] = row;
    if (!args.raw_nodes.empty()) args.raw_nodes[kept] = args.raw_nodes[i];
    ++kept;
  }
  args.rows.resize(kept);
  args.unknown.resize(unknown);
  if (!args.raw_nodes.empty()) args.raw_nodes.resize(kept);
}

}  // namespace kernwise::protocol
