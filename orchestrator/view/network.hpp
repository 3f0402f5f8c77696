// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "orchestrator/dependencies/graph.hpp"
#include "orchestrator/view/snapshot.hpp"

namespace kernwise::view {

/// The containers of all fresh nodes as parties of the service graph. Blocked time is relative to
/// the time in which requests were in flight, where that is known, as the verdict's rule is.
[[nodiscard]] std::vector<dependencies::Party> parties_of(const Snapshot& snapshot, MonoTime now);

/// One container as a party of the graph.
[[nodiscard]] dependencies::Party party_of(const report::Container& container,
                                           const NodeState& node, const std::string& workload);

}  // namespace kernwise::view
