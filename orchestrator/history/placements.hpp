// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "extender/placement/explain.hpp"
#include "extender/protocol/service.hpp"
#include "orchestrator/history/ring.hpp"

namespace kernwise::history {

/// One answer to the scheduler, small enough to keep a thousand of them.
struct PlacementRecord {
  static constexpr std::size_t kMostNodes = 16;

  WallTime time;
  std::string verb;  ///< `filter`, `prioritize`, `relative`
  std::string pod_namespace, pod, uid;
  std::string effect;  ///< `answered`, `abstained`, ...
  std::string reason;  ///< why there was no answer or the request was refused; else empty
  std::uint64_t snapshot = 0;
  std::size_t asked = 0, unknown = 0, rejected = 0;
  placement::PodProfile profile;
  std::vector<placement::NodeExplanation> best;  ///< the kMostNodes best, best first
};

[[nodiscard]] PlacementRecord placement_record(std::string verb, const protocol::Outcome& outcome,
                                               const placement::ScoreParams& params, WallTime time);

inline constexpr std::size_t kMostPlacements = 1'024;
using PlacementLog = Ring<PlacementRecord>;

}  // namespace kernwise::history
