// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "extender/placement/score.hpp"

/// The worked example of the scoring model: three nodes, two pods. The example gives predicted
/// loads, so deviation and demand are zero here.
namespace kernwise::placement::example {

inline NodeRow node(std::string name, PerResource load, PerResource contention,
                    PerResource sensitivity) {
  return {.name = std::move(name),
          .load = load,
          .deviation = {},
          .pending = {},
          .contention = contention,
          .sensitivity = sensitivity,
          .capacity = {8, 1, 32e9},
          .age_seconds = 3,
          .churn = 0,
          .windows_over_limit = {}};
}

inline PodProfile pod(PerResource mix) {
  PodProfile profile;
  profile.mix = mix;
  return profile;
}

inline const NodeRow kDiskSaturated = node("a", {.30, .95, .40}, {.02, .60, 0}, {.1, .4, 0});
inline const NodeRow kBusy = node("b", {.60, .20, .40}, {.05, .02, 0}, {.2, .05, 0});
inline const NodeRow kCpuSaturated = node("c", {.85, .10, .40}, {.40, 0, 0}, {.5, 0, 0});

inline const PodProfile kIoPod = pod({.15, .80, .05});
inline const PodProfile kCpuPod = pod({.90, .05, .05});

}  // namespace kernwise::placement::example
