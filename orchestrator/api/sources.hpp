// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "common/metrics/registry.hpp"
#include "orchestrator/history/decisions.hpp"
#include "orchestrator/history/placements.hpp"
#include "orchestrator/history/store.hpp"
#include "orchestrator/view/profiles.hpp"
#include "orchestrator/view/snapshot.hpp"

namespace kernwise::api {

/// What the API shows. Everything but `view` and `registry` belongs to the thread of the API's
/// listener, and all of it outlives the routes.
struct Sources {
  const view::Published& view;
  const history::DecisionLog& decisions;
  const history::PlacementLog& placements;
  const history::Store* store = nullptr;  ///< nullptr: only the decision ring
  metrics::Registry& registry;
  placement::ScoreParams score = {};
  /// What was learned of workloads; empty: nothing is.
  std::function<std::shared_ptr<const view::LearnedBook>()> profiles = {};
  /// What others add to /metrics; empty: nobody.
  std::function<void(std::vector<metrics::Family>& families, MonoTime now)> more_metrics = {};
};

}  // namespace kernwise::api
