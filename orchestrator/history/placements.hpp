// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "extender/placement/explain.hpp"
#include "extender/protocol/service.hpp"

namespace kernwise::history {

/// One answer to the scheduler.
struct PlacementRecord {
  static constexpr std::size_t kMostNodes = 16;

  WallTime time;
  std::string verb;           ///< `filter`, `prioritize`, `relative`
  protocol::Outcome outcome;  ///< without the ranking's qualities: `replay` has them
  std::size_t candidates = 0, unknown = 0, rejected = 0;
  /// What became of it: the load of the node that the pod went to.
  struct After {
    std::string node;
    placement::PerResource expected{}, actual{};
    double seconds = 0;  ///< since the pod was bound
  };
  std::optional<After> after = {};

  /// Whether everything the answer was made of is still there.
  [[nodiscard]] bool can_be_replayed() const { return outcome.nodes != nullptr; }
};

[[nodiscard]] PlacementRecord placement_record(std::string verb, protocol::Outcome outcome,
                                               WallTime time);

/// Why there was no answer or the request was refused; empty for an answer.
[[nodiscard]] std::string reason_of(const PlacementRecord& record);

/// The kMostNodes best nodes of the answer in words, best first; none once it cannot be replayed.
[[nodiscard]] std::vector<placement::NodeExplanation> best_nodes(const PlacementRecord& record);

/// The load that was expected of a candidate with the pod, without the deviation that a score is
/// careful about. No value for others, for nodes without data, or once it cannot be replayed.
[[nodiscard]] std::optional<placement::PerResource> expected_load(const PlacementRecord& record,
                                                                  std::string_view node);

/// The ranking worked out again from what the record holds, with other parameters where given: with
/// those of the time it is the same to the last bit. No value once it cannot be replayed.
[[nodiscard]] std::optional<placement::Ranking> replay(
    const PlacementRecord& record,
    const std::optional<placement::ScoreParams>& params = std::nullopt);

/// The last answers, oldest first. Bounded in number; the inputs of old ones are given up where all
/// together would take more than `bytes`, and their summaries stay.
class PlacementLog {
 public:
  static constexpr std::size_t kMost = 1'024;
  static constexpr std::size_t kMostBytes = 64UL * 1024 * 1024;
  explicit PlacementLog(std::size_t most = kMost, std::size_t bytes = kMostBytes)
      : most_(most), bytes_(bytes) {}

  void push(PlacementRecord record);
  /// What the scheduler was last told about the pod with that UID, or nullptr.
  [[nodiscard]] const PlacementRecord* newest_ranking_of(std::string_view uid) const;
  /// Notes what became of that.
  void settle(std::string_view uid, PlacementRecord::After after);
  [[nodiscard]] const std::deque<PlacementRecord>& items() const { return items_; }
  [[nodiscard]] std::size_t bytes() const { return used_; }

 private:
  struct Weight {
    std::size_t own = 0;
    std::size_t table = 0;  ///< of its table, where the record before has another
  };
  void give_up(std::size_t position);
  [[nodiscard]] std::size_t position_of(std::string_view uid) const;

  std::size_t most_, bytes_, used_ = 0;
  std::size_t first_whole_ = 0;  ///< records before it have no inputs any more
  std::deque<PlacementRecord> items_;
  std::deque<Weight> weights_;
};

}  // namespace kernwise::history
