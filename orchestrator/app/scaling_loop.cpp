// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/app/scaling_loop.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "orchestrator/view/network.hpp"

namespace kernwise::orchestrator {
namespace {

/// How much a workload is the cause of its own slowness (scaling.md 4.6): from the bound on where a
/// root is believed, rising with the verdict's confidence.
double saturation_of(const view::Workload& workload) {
  switch (workload.verdict) {
    case Verdict::cpu_saturated:
    case Verdict::cpu_throttled:
    case Verdict::disk_bound:
    case Verdict::memory_pressure:
    case Verdict::lock_bound:
    case Verdict::backlog:
      return 0.6 + 0.4 * std::clamp(workload.confidence, 0.0, 1.0);
    default:
      return 0;
  }
}

Verdict verdict_of(const view::Workloads& workloads, std::string_view name) {
  const auto found = workloads.find(name);
  return found == workloads.end() ? Verdict::unknown : found->second.verdict;
}

/// A peer that waits itself is followed to where the waiting ends.
scaling::Downstream downstream_of(const dependencies::Edge& edge, const view::Workloads& workloads,
                                  const std::vector<dependencies::Edge>& edges,
                                  const dependencies::Saturation& saturation) {
  scaling::Downstream peer{.workload = edge.to,
                           .address = edge.address,
                           .blocked = edge.blocked,
                           .verdict = verdict_of(workloads, edge.to)};
  if (peer.verdict != Verdict::downstream_wait) return peer;
  const auto root = dependencies::root_of(edge.to, edges, saturation);
  if (!root || root->workload == edge.from) return peer;
  peer.workload = root->workload;
  peer.verdict = verdict_of(workloads, root->workload);
  peer.path = root->path;
  return peer;
}

}  // namespace

ScalingLoop::Look ScalingLoop::look_at(const view::Snapshot& snapshot, MonoTime now) const {
  Look look{.workloads = view::workloads_of(snapshot, now),
            .edges = dependencies::edges_of(view::parties_of(snapshot, now)),
            .saturation = {}};
  for (const auto& [name, workload] : look.workloads) {
    look.saturation.emplace(name, saturation_of(workload));
  }
  return look;
}

scaling::WorkloadState ScalingLoop::state_of(const view::Workload& workload,
                                             const Look& look) const {
  scaling::WorkloadState state{.workload = workload.name,
                               .replicas = static_cast<int>(workload.pods.size()),
                               .min_replicas = bounds_.min_replicas,
                               .max_replicas = bounds_.max_replicas,
                               .verdict = workload.verdict,
                               .confidence = workload.confidence,
                               .data_age_seconds = workload.data_age_seconds,
                               .coverage = workload.coverage(),
                               .demand_cores = workload.demand_cores(),
                               .used_cores = workload.used_cores(),
                               .cores_per_replica = workload.limit_per_pod,
                               .requests_per_second = workload.requests_per_second,
                               .cores_per_request = learner_.cores_per_request(workload.name),
                               .queued_requests = workload.in_flight,
                               .downstream = {}};
  if (state.cores_per_replica <= 0) {
    state.cores_per_replica =
        std::max(workload.request_per_pod, learner_.most_cores(workload.name));
  }
  const auto range = std::equal_range(
      look.edges.begin(), look.edges.end(), dependencies::Edge{.from = workload.name},
      [](const auto& left, const auto& right) { return left.from < right.from; });
  for (auto edge = range.first; edge != range.second; ++edge) {
    state.downstream.push_back(downstream_of(*edge, look.workloads, look.edges, look.saturation));
  }
  return state;
}

scaling::Decision ScalingLoop::decide(const view::Workload& workload, const Look& look) const {
  scaling::Params params = params_;
  params.fresh_seconds = 3 * workload.window_seconds;
  return scaling::decide(state_of(workload, look), params);
}

std::vector<history::DecisionRecord> ScalingLoop::tick(const view::Snapshot& snapshot, MonoTime now,
                                                       WallTime wall) {
  const Look look = look_at(snapshot, now);
  learner_.observe(look.workloads, now);
  std::vector<history::DecisionRecord> changes;
  std::set<std::string, std::less<>> present;
  for (const auto& [name, workload] : look.workloads) {
    present.insert(name);
    history::DecisionRecord record{decide(workload, look), snapshot.number, wall};
    if (log_.record(record)) changes.push_back(std::move(record));
  }
  log_.keep_only(present);
  return changes;
}

}  // namespace kernwise::orchestrator
