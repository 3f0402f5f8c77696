// SPDX-License-Identifier: Apache-2.0
#include "extender/placement/node_table.hpp"

#include <algorithm>
#include <bit>
#include <functional>

#include "extender/placement/bytes.hpp"

namespace kernwise::placement {
namespace {

constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;  // 2^64 over the golden ratio

std::uint64_t hash_of(std::string_view name) {
  return std::hash<std::string_view>{}(name);
}

}  // namespace

NodeIndex::NodeIndex(std::span<const NodeRow> rows) {
  std::size_t bytes = 0;
  for (const NodeRow& row : rows) bytes += row.name.size();
  names_.reserve(bytes);
  ends_.reserve(rows.size());
  slots_.resize(std::bit_ceil(rows.size() * 2 + 1));
  for (const NodeRow& row : rows) {
    const auto position = static_cast<std::uint32_t>(ends_.size());
    const bool known = find(row.name) != kNoRow;
    names_.append(row.name);
    ends_.push_back(static_cast<std::uint32_t>(names_.size()));
    if (known) continue;
    const std::uint64_t hash = hash_of(row.name);
    std::size_t slot = hash & (slots_.size() - 1);
    while (slots_[slot].position != kNoRow) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = {static_cast<std::uint32_t>(hash >> 32U), position};
  }
  for (const std::uint32_t end : ends_) fingerprint_ = (fingerprint_ ^ end) * kSpread;
  fingerprint_ ^= hash_of(names_);
}

std::uint32_t NodeIndex::find(std::string_view wanted) const {
  if (slots_.empty()) return kNoRow;
  const std::uint64_t hash = hash_of(wanted);
  const auto tag = static_cast<std::uint32_t>(hash >> 32U);
  std::size_t slot = hash & (slots_.size() - 1);
  while (slots_[slot].position != kNoRow) {
    if (slots_[slot].tag == tag && name(slots_[slot].position) == wanted) {
      return slots_[slot].position;
    }
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return kNoRow;
}

std::uint32_t NodeIndex::find(std::string_view wanted, std::uint32_t guess) const {
  if (guess < ends_.size() && equal(name(guess), wanted)) return guess;
  return find(wanted);
}

}  // namespace kernwise::placement
