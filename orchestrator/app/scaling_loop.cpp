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

/// The cluster counts better than reports do: pods that start or are stuck have none.
void correct(scaling::WorkloadState& state, const Extent& extent, std::size_t fresh_pods) {
  state.replicas = extent.replicas;
  if (extent.bounds) {
    state.min_replicas = extent.bounds->min_replicas;
    state.max_replicas = extent.bounds->max_replicas;
  }
  if (extent.ready <= 0) return;
  const double covered = static_cast<double>(fresh_pods) / extent.ready;
  state.coverage = std::min(state.coverage, covered);
}

bool changes_replicas(const scaling::Decision& decision) {
  return decision.action == scaling::Action::scale_up ||
         decision.action == scaling::Action::scale_down;
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
  if (const auto extent = cluster_.extent ? cluster_.extent(workload.name) : std::nullopt) {
    correct(state, *extent, workload.fresh_pods);
  }
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
    if (cluster_.propose && changes_replicas(record.decision)) {
      record.outcome = cluster_.propose(record.decision);
    }
    if (log_.record(record)) changes.push_back(std::move(record));
  }
  log_.keep_only(present);
  return changes;
}

}  // namespace kernwise::orchestrator
