// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>

#include "extender/placement/score.hpp"

namespace kernwise::pending {

/// PURE. What a pod on its way is counted with. The request of a pod that nobody knows says little
/// of what it will use, and whoever balances requests gathers on one node the pods that ask for
/// least and use what all do:
///
///   counted = trust * demand + (1 - trust) * mean demand of the pods counted lately
///   trust   = 1/2 + 1/2 * confidence of its profile
class Usual {
 public:
  /// Takes the pod's demand into the mean first: alone, a pod counts as what it says.
  placement::PerResource counted(const placement::PerResource& demand, double confidence) {
    if (seen_ < kRemembered) ++seen_;
    const double trust = 0.5 + 0.5 * std::clamp(confidence, 0.0, 1.0);
    placement::PerResource amount{};
    for (std::size_t r = 0; r < placement::kResources; ++r) {
      // One that is no number must not become part of all that follow.
      const double own = std::isfinite(demand[r]) ? std::max(demand[r], 0.0) : 0;
      mean_[r] += (own - mean_[r]) / seen_;
      amount[r] = trust * own + (1 - trust) * mean_[r];
    }
    return amount;
  }

 private:
  static constexpr double kRemembered = 128;  ///< pods; older ones fade
  placement::PerResource mean_{};
  double seen_ = 0;
};

}  // namespace kernwise::pending
