// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "orchestrator/dependencies/graph.hpp"
#include "orchestrator/view/workloads.hpp"

namespace kernwise::view {

/// The containers of all fresh nodes as parties of the service graph. Blocked time is relative to
/// the time in which requests were in flight, where that is known, as the verdict's rule is.
[[nodiscard]] std::vector<dependencies::Party> parties_of(const Snapshot& snapshot, MonoTime now);

/// One container of a pod as a party of the graph, there called `name`. What the cluster says of
/// the addresses it calls is in its calls.
[[nodiscard]] dependencies::Party party_of(const PodRef& pod, const report::Container& container,
                                           const NameBook& names, const std::string& name);

}  // namespace kernwise::view
