// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "extender/placement/node_table.hpp"

namespace kernwise::placement {

namespace columnwise {
struct Asked;
}

/// Remembers what nodes were worth to the pods asked about last: the pods of a workload are alike
/// and come one after the other, and a table lives until the next report. What it gives is to the
/// bit what is worked out anew. One per listener thread.
class RatingMemory {
 public:
  /// Kinds of pods that are remembered; the one asked about longest ago makes room.
  static constexpr std::size_t kKinds = 8;

  RatingMemory();
  ~RatingMemory();
  RatingMemory(RatingMemory&&) noexcept;
  RatingMemory& operator=(RatingMemory&&) noexcept;

  /// From now on of this table, which it keeps alive: nothing is remembered of another.
  void follow(std::shared_ptr<const NodeTable> nodes);
  [[nodiscard]] bool follows(const NodeTable& nodes) const { return nodes_.get() == &nodes; }

  /// As columnwise::rate, for the table that is followed.
  void rate(const columnwise::Asked& asked, std::span<const std::uint32_t> rows, double* qualities);
  /// What columnwise::score makes of that.
  void score(const columnwise::Asked& asked, std::span<const std::uint32_t> rows,
             std::uint8_t* scores);

 private:
  struct Kind;

  [[nodiscard]] const Kind& kind_knowing(std::span<const std::uint32_t> rows,
                                         const columnwise::Asked& asked);
  [[nodiscard]] Kind& kind_of(const columnwise::Asked& asked);

  std::shared_ptr<const NodeTable> nodes_;
  std::vector<Kind> kinds_;
  std::uint64_t calls_ = 0;
};

}  // namespace kernwise::placement
