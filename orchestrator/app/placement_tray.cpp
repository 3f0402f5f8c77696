// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/app/placement_tray.hpp"

#include <algorithm>
#include <string_view>

#include "orchestrator/api/metrics.hpp"

namespace kernwise::orchestrator {

void PlacementTray::put(const char* verb, protocol::Outcome&& outcome, WallTime time) {
  counter_of(verb, outcome.effect).add();
  if (outcome.effect == protocol::Effect::abstained) {
    registry_.add(api::metric::kAbstentions,
                  {{"reason", std::string(name_of(outcome.ranking.abstention))}});
  }
  // Most of a record's bytes, and worked out again for whoever asks: given back here, their memory
  // serves the next answer while it is still in the cache.
  outcome.ranking.qualities = {};
  if (!slips_.push({.verb = verb, .outcome = std::move(outcome), .time = time})) {
    registry_.add(api::metric::kPlacementsDropped, {});
  }
}

const metrics::Counter& PlacementTray::counter_of(const char* verb, protocol::Effect effect) {
  const auto known = std::find_if(counts_.begin(), counts_.end(), [&](const Count& one) {
    return one.effect == effect && one.verb == std::string_view(verb);
  });
  if (known != counts_.end()) return known->counter;
  const auto made = registry_.counter(api::metric::kPlacements,
                                      {{"verb", verb}, {"outcome", std::string(name_of(effect))}});
  return counts_.emplace_back(Count{verb, effect, made}).counter;
}

}  // namespace kernwise::orchestrator
