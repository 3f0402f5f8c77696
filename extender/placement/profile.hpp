// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "extender/placement/pod.hpp"
#include "extender/placement/score.hpp"

/// PURE. What an arriving pod is expected to need.
namespace kernwise::placement {

/// Part of a request that a pod is expected to use, and what is assumed without any request
/// (Koordinator's defaults: 85 %, 250m, 200 MiB).
inline constexpr double kPriorPart = 0.85;
inline constexpr double kPriorCores = 0.250;
inline constexpr double kPriorBytes = 200.0 * 1024 * 1024;

/// The guess before anything is learned: 85 % of what the pod requests (of its limit where only a
/// limit is known), the constants above where it says nothing; all its time on CPU, confidence 0.
[[nodiscard]] PodProfile profile_prior(const Resources& requests, const Resources& limits = {});

/// Knows what workloads need. Implementations are immutable while they are being read.
class ProfileBook {
 public:
  virtual ~ProfileBook() = default;
  /// Never fails: a workload nobody knows gets its prior.
  [[nodiscard]] virtual PodProfile profile_of(const PodFacts& pod) const = 0;
};

/// The book with nothing in it.
class PriorBook final : public ProfileBook {
 public:
  [[nodiscard]] PodProfile profile_of(const PodFacts& pod) const override;
};

}  // namespace kernwise::placement
