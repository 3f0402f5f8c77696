// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "extender/placement/score.hpp"

/// What people say about a pod that the model would otherwise guess, by annotations of the pod, its
/// workload or its namespace.
namespace kernwise::protocol {

/// The most specific word on a key; empty: nobody says anything.
using Say = std::function<std::string_view(std::string_view key)>;

struct Override {
  std::string_view key;  ///< `kernwise.io/class`, ...
  std::string value;     ///< at most 128 printable bytes
  std::string problem;   ///< why it does not count; empty: it does
};

/// Applies what is said and gives it. A word that cannot be read changes nothing.
///
///   kernwise.io/class: cpu | io | memory    what the pod's time goes to
///   kernwise.io/demand: cpu=500m,disk=0.3,memory=1Gi    cores, part of a disk's time, bytes
///   kernwise.io/sensitivity: cpu=2          0..3, 1 suffers like the mean of all workloads
///   kernwise.io/weight: 0.5                 0..1, how far from 5 the scores may be
///   kernwise.io/placement-shape: spread | pack | protect
///
/// A demand or sensitivity that is not named stays as learned.
std::vector<Override> apply_overrides(const Say& say, placement::PodProfile& profile,
                                      placement::ScoreParams& params);

/// How far the profile's demand can be relied on: wholly where somebody has said it, else as far as
/// the profile was learned.
[[nodiscard]] double confidence_in_demand(const placement::PodProfile& profile,
                                          const std::vector<Override>& overrides);

}  // namespace kernwise::protocol
