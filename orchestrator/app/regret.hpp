// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "common/metrics/registry.hpp"
#include "orchestrator/history/placements.hpp"
#include "orchestrator/view/snapshot.hpp"

namespace kernwise::orchestrator {

/// Follows pods that came to a node: was the scheduler's question about them answered, and did the
/// node's load come to what was expected? One thread.
class Regret {
 public:
  static constexpr std::size_t kMostPods = 10'000;
  /// The record of an answer may come a little after the news of what was made of it.
  static constexpr std::chrono::seconds kFindAfter{2};
  static constexpr std::chrono::seconds kCompareAfter{60};

  struct Sight {
    history::PlacementLog& log;
    /// A node's part of the view, or nullptr.
    std::function<const view::NodeState*(const std::string& node)> node;
    metrics::Registry& registry;
  };

  /// A pod was bound to its node. Beyond kMostPods the oldest are given up.
  void bound(const placement::PodFacts& pod, MonoTime now);
  /// Once per second: counts how pods were bound, compares what is due and writes it into its
  /// record. Nodes without fresh data are not compared.
  void look(const Sight& sight, MonoTime now);

 private:
  struct Pod {
    std::string uid, node;
    MonoTime at;
    bool daemon = false;
    placement::PerResource expected{};  ///< load of the node with it, and
    MonoTime until = {};                ///< when to compare
  };
  void find(const Sight& sight, Pod&& pod);
  static void compare(const Sight& sight, const Pod& pod, MonoTime now);

  std::deque<Pod> new_, placed_;  // each in the order of time
};

}  // namespace kernwise::orchestrator
