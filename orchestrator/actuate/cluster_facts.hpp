// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "orchestrator/actuate/judge.hpp"
#include "orchestrator/cluster/stores.hpp"
#include "orchestrator/view/snapshot.hpp"

namespace kernwise::actuate {

/// What the caches say of `namespace/Kind/name`.
[[nodiscard]] TargetFacts target_facts(const cluster::Stores& stores, const std::string& workload);

/// Nodes that have reported and still belong to the cluster, and how many of them have fresh data.
[[nodiscard]] NodeFacts node_facts(const cluster::Stores& stores, const view::Snapshot& snapshot,
                                   MonoTime now);

}  // namespace kernwise::actuate
