// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "common/base/clock.hpp"
#include "orchestrator/history/ring.hpp"
#include "orchestrator/scaling/decide.hpp"
#include "orchestrator/scaling/outcome.hpp"

namespace kernwise::history {

/// A scaling decision, the snapshot it was made from, and what became of it.
struct DecisionRecord {
  scaling::Decision decision;
  std::uint64_t snapshot = 0;
  WallTime time;
  std::optional<scaling::Outcome> outcome = {};  ///< none where nothing can be written
};

/// The newest decision of each workload, and the last changes. Bounded by the number of workloads
/// in the view and `kMostDecisions`.
class DecisionLog {
 public:
  static constexpr std::size_t kMostDecisions = 1'024;

  /// Keeps the newest decision; one that says the same as the one before is not a change (evidence
  /// numbers move all the time). True when it was one. A pending one becomes a change when its
  /// outcome is known.
  bool record(DecisionRecord record);
  /// What became of a decision that was pending. Gives the record if the newest decision about that
  /// workload still is this one and this is a change.
  [[nodiscard]] const DecisionRecord* settle(std::string_view workload, int to,
                                             scaling::Outcome outcome, WallTime wall);
  /// Forgets the newest decision of every workload that is not in `present`.
  void keep_only(const std::set<std::string, std::less<>>& present);

  /// The newest decision about `workload`, or nullptr.
  [[nodiscard]] const DecisionRecord* latest(std::string_view workload) const;
  [[nodiscard]] const std::map<std::string, DecisionRecord, std::less<>>& latest() const {
    return latest_;
  }
  [[nodiscard]] const Ring<DecisionRecord>& changes() const { return changes_; }

 private:
  std::map<std::string, DecisionRecord, std::less<>> latest_;
  Ring<DecisionRecord> changes_{kMostDecisions};
};

}  // namespace kernwise::history
