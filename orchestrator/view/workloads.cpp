// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/view/workloads.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace kernwise::view {
namespace {

double amount(double value) {
  return std::isfinite(value) && value > 0 ? value : 0.0;
}

/// Sums over the fresh pods, before they become means and a verdict.
struct Tally {
  std::array<double, kVerdictCount> weight{};
  std::array<double, kVerdictCount> confidence{};
  double heaviest = 0;
  double limits = 0, requests = 0;
  std::size_t limited = 0, requesting = 0;
};

void add_amounts(Workload& workload, const Pod& pod) {
  for (std::size_t share = 0; share < kShareCount; ++share) {
    workload.shares[static_cast<Share>(share)] += amount(pod.shares[static_cast<Share>(share)]);
  }
  workload.requests_per_second += amount(pod.requests_per_second);
  workload.completed_per_second += amount(pod.completed_per_second);
  workload.in_flight += amount(pod.in_flight);
  workload.most_on_cpu = std::max(workload.most_on_cpu, amount(pod.shares[Share::on_cpu]));
}

void add_verdict(Tally& tally, const Pod& pod, Workload& workload) {
  const auto verdict = static_cast<std::size_t>(pod.verdict);
  const double weight = weight_of(pod);
  tally.weight[verdict] += weight;
  tally.confidence[verdict] += weight * pod.confidence;
  if (weight > tally.heaviest) {
    tally.heaviest = weight;
    workload.evidence = pod.evidence;
  }
}

void add_bounds(Tally& tally, const Pod& pod) {
  if (pod.limit) {
    tally.limits += amount(*pod.limit);
    ++tally.limited;
  }
  if (pod.request) {
    tally.requests += amount(*pod.request);
    ++tally.requesting;
  }
}

void conclude(Workload& workload, const Tally& tally) {
  if (tally.limited > 0) workload.limit_per_pod = tally.limits / double(tally.limited);
  if (tally.requesting > 0) workload.request_per_pod = tally.requests / double(tally.requesting);
  if (workload.fresh_pods == 0) return;
  const auto most = std::max_element(tally.weight.begin(), tally.weight.end());
  const auto verdict = static_cast<std::size_t>(most - tally.weight.begin());
  workload.verdict = static_cast<Verdict>(verdict);
  workload.confidence = tally.confidence[verdict] / *most;
}

void sum_up(Workload& workload, MonoTime now) {
  Tally tally;
  workload.data_age_seconds = std::numeric_limits<double>::infinity();
  for (const PodRef& ref : workload.pods) {
    const double age = ref.node->age_seconds(now);
    workload.data_age_seconds = std::min(workload.data_age_seconds, age);
    workload.window_seconds = std::max(workload.window_seconds, ref.node->window_seconds());
    add_bounds(tally, *ref.pod);
    if (!ref.node->fresh(now)) continue;
    ++workload.fresh_pods;
    add_amounts(workload, *ref.pod);
    add_verdict(tally, *ref.pod, workload);
  }
  conclude(workload, tally);
}

}  // namespace

double Workload::coverage() const {
  return pods.empty() ? 0 : static_cast<double>(fresh_pods) / static_cast<double>(pods.size());
}

double weight_of(const Pod& pod) {
  // A pod that does nothing still counts a little: ten idle ones are an idle workload.
  return amount(pod.shares.own()) + 1e-3;
}

Workloads workloads_of(const Snapshot& snapshot, MonoTime now) {
  Workloads workloads;
  for (const auto& [name, node] : snapshot.nodes) {
    if (now - node->received > kDeadAfter) continue;
    for (const Pod& pod : node->pods) {
      if (pod.ignored) continue;
      Workload& workload = workloads[pod.workload];
      if (workload.name.empty()) workload.name = pod.workload;
      workload.pods.push_back({node.get(), &pod});
    }
  }
  for (auto& [name, workload] : workloads) sum_up(workload, now);
  return workloads;
}

}  // namespace kernwise::view
