// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "extender/placement/columns.hpp"
#include "extender/placement/score.hpp"

/// PURE. Node names to rows.
namespace kernwise::placement {

inline constexpr std::uint32_t kNoRow = std::numeric_limits<std::uint32_t>::max();

/// Names to their positions; immutable after construction. Of equal names the first counts.
class NodeIndex {
 public:
  NodeIndex() = default;
  explicit NodeIndex(std::span<const NodeRow> rows);

  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  /// Equal for equal names in equal order, and for others with a chance of one in 2^64.
  [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_; }
  /// The name at a position below size().
  [[nodiscard]] std::string_view name(std::uint32_t position) const {
    const std::uint32_t begin = position == 0 ? 0 : ends_[position - 1];
    return {names_.data() + begin, ends_[position] - begin};
  }
  /// Position of `name`, or kNoRow.
  [[nodiscard]] std::uint32_t find(std::string_view name) const;
  /// The same, trying the position `guess` first (any value is allowed).
  [[nodiscard]] std::uint32_t find(std::string_view name, std::uint32_t guess) const;

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t position = kNoRow;
  };
  std::string names_;  // all names behind each other: a request's order is often theirs
  std::vector<std::uint32_t> ends_;
  std::uint64_t fingerprint_ = 0;
  std::vector<Slot> slots_;  // open addressing, at most half full
};

/// The nodes of one snapshot, immutable. Ages in the rows were taken when the snapshot was.
class NodeTable {
 public:
  NodeTable() = default;
  explicit NodeTable(std::vector<NodeRow> rows)
      : rows_(std::move(rows)), index_(rows_), columns_(rows_) {}

  [[nodiscard]] std::span<const NodeRow> rows() const { return rows_; }
  [[nodiscard]] const NodeIndex& index() const { return index_; }
  [[nodiscard]] const Columns& columns() const { return columns_; }

 private:
  std::vector<NodeRow> rows_;
  NodeIndex index_;
  Columns columns_;
};

}  // namespace kernwise::placement
