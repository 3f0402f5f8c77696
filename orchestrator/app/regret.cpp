// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/app/regret.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "orchestrator/api/metrics.hpp"

namespace kernwise::orchestrator {
namespace {

using placement::kResources;

const std::vector<double>& bounds() {
  static const std::vector<double> parts{0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1};
  return parts;
}

}  // namespace

void Regret::bound(const placement::PodFacts& pod, MonoTime now) {
  if (new_.size() >= kMostPods) new_.pop_front();
  const placement::Owner* const owner = pod.controller();
  new_.push_back({.uid = pod.uid,
                  .node = pod.node_name,
                  .at = now,
                  .daemon = owner != nullptr && owner->kind == "DaemonSet"});
}

void Regret::find(const Sight& sight, Pod&& pod) {
  const history::PlacementRecord* const record = sight.log.newest_ranking_of(pod.uid);
  const char* const asked = record != nullptr ? "yes" : pod.daemon ? "daemon" : "no";
  sight.registry.add(api::metric::kBoundPods, {{"asked", asked}});
  if (record == nullptr) return;
  const auto expected = history::expected_load(*record, pod.node);
  if (!expected) return;
  pod.expected = *expected;
  pod.until = pod.at + kCompareAfter;
  if (placed_.size() >= kMostPods) placed_.pop_front();
  placed_.push_back(std::move(pod));
}

void Regret::compare(const Sight& sight, const Pod& pod, MonoTime now) {
  const view::NodeState* const node = sight.node(pod.node);
  if (node == nullptr || !node->fresh(now)) return;
  for (std::size_t r = 0; r < kResources; ++r) {
    const double off = node->row.load[r] - pod.expected[r];
    sight.registry.observe(api::metric::kRegret,
                           {{"resource", std::string(name_of(static_cast<placement::Resource>(r)))},
                            {"load", off > 0 ? "higher" : "lower"}},
                           std::abs(off), bounds());
  }
  sight.log.settle(pod.uid, {.node = pod.node,
                             .expected = pod.expected,
                             .actual = node->row.load,
                             .seconds = Seconds(now - pod.at).count()});
}

void Regret::look(const Sight& sight, MonoTime now) {
  while (!new_.empty() && now - new_.front().at >= kFindAfter) {
    find(sight, std::move(new_.front()));
    new_.pop_front();
  }
  while (!placed_.empty() && now >= placed_.front().until) {
    compare(sight, placed_.front(), now);
    placed_.pop_front();
  }
}

}  // namespace kernwise::orchestrator
