// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "common/base/clock.hpp"
#include "orchestrator/view/workloads.hpp"

/// How much of what is common to many nodes one of them may decide, if it lies: from three
/// nodes on, never all of it.
namespace kernwise::view {

/// Makes positive weights add up to 1 with none above `most`; what is cut off one goes to the
/// others in proportion. `most` times their number must be at least 1.
[[nodiscard]] std::vector<double> capped(std::vector<double> weights, double most);

/// What a workload's pods use, as several nodes agree.
struct Believed {
  double most_cores = 0;  ///< of one pod; from three nodes on what a second node has seen, too
  double cores_per_request = 0;  ///< 0 = no request seen; from three nodes on the nodes' median
};
[[nodiscard]] Believed believed_of(const Workload& workload, MonoTime now);

}  // namespace kernwise::view
