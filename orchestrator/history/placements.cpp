// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/history/placements.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace kernwise::history {
namespace {

/// Explains the best nodes only: explaining thousands for every pod would cost more than rating
/// them.
std::vector<placement::NodeExplanation> best_of(const protocol::Outcome& outcome,
                                                const placement::ScoreParams& params) {
  const auto& rated = outcome.ranking.nodes;
  std::vector<std::size_t> order(std::min(rated.size(), outcome.names.size()));
  std::iota(order.begin(), order.end(), std::size_t{0});
  const std::size_t count = std::min(order.size(), PlacementRecord::kMostNodes);
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                    [&](std::size_t left, std::size_t right) {
                      if (rated[left].quality != rated[right].quality) {
                        return rated[left].quality > rated[right].quality;
                      }
                      return left < right;
                    });
  placement::Ranking ranking = {.abstention = outcome.ranking.abstention,
                                .nodes = {},
                                .neutral = outcome.ranking.neutral,
                                .fresh_part = outcome.ranking.fresh_part};
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < count; ++i) {
    ranking.nodes.push_back(rated[order[i]]);
    names.push_back(outcome.names[order[i]]);
  }
  return placement::explain(ranking, names, params);
}

}  // namespace

PlacementRecord placement_record(std::string verb, const protocol::Outcome& outcome,
                                 const placement::ScoreParams& params, WallTime time) {
  PlacementRecord record{.time = time,
                         .verb = std::move(verb),
                         .pod_namespace = outcome.pod.pod_namespace,
                         .pod = outcome.pod.name,
                         .uid = outcome.pod.uid,
                         .effect = std::string(name_of(outcome.effect)),
                         .reason = outcome.problem,
                         .snapshot = outcome.snapshot,
                         .asked = outcome.asked,
                         .unknown = outcome.unknown,
                         .profile = outcome.profile,
                         .best = best_of(outcome, params)};
  const auto& rejected = outcome.filtering.rejected;
  record.rejected = static_cast<std::size_t>(std::count_if(
      rejected.begin(), rejected.end(), [](const auto& why) { return why.has_value(); }));
  if (record.reason.empty()) {
    record.reason = placement::explain_abstention(outcome.ranking, params);
  }
  return record;
}

}  // namespace kernwise::history
