// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "extender/placement/score.hpp"

/// PURE. What the pods of one workload do, as the nodes that they are on tell it together.
namespace kernwise::view {

/// The pods of a workload on one node. Times are in one unit of thread time, whichever.
struct NodePart {
  placement::PerResource demand{};   ///< of one pod: cores, part of a disk's time, bytes
  placement::PerResource time{};     ///< working or waiting for each resource
  placement::PerResource stalled{};  ///< of that, waiting
  double active = 0;                 ///< all of the time that was not idle
  double pods = 0;                   ///< above 0
};

struct Look {
  placement::PerResource demand{};   ///< as in NodePart
  placement::PerResource mix{};      ///< adds up to 1; all 0 where nothing was done
  placement::PerResource stalled{};  ///< part of the active time
};

/// The nodes' mean, each weighted by its pods; from three nodes on none by more than a third.
[[nodiscard]] Look look_of(std::span<const NodePart> nodes);

/// In proportion and adding up to 1; all 0 where they add up to next to nothing.
[[nodiscard]] placement::PerResource normalised(const placement::PerResource& amounts);
[[nodiscard]] bool is_empty(const placement::PerResource& mix);

/// What is not a number or below nothing counts as nothing.
[[nodiscard]] double amount(double value);

}  // namespace kernwise::view
