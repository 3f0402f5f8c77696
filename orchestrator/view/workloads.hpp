// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "orchestrator/view/snapshot.hpp"

namespace kernwise::view {

/// A node silent for this long takes part in nothing any more, not even in counting replicas.
inline constexpr std::chrono::seconds kDeadAfter{180};

/// One pod where it runs.
struct PodRef {
  const NodeState* node = nullptr;
  const Pod* pod = nullptr;
};

/// All pods of one workload added up. Borrows from the snapshot it was made of.
struct Workload {
  std::string name;  ///< `namespace/Kind/name`
  std::vector<PodRef> pods;
  std::size_t fresh_pods = 0;
  Verdict verdict = Verdict::unknown;  ///< of most of its fresh pods, weighted by what they do
  double confidence = 0;
  std::vector<std::string> evidence;  ///< of the pod that weighs most
  WaitShares shares;                  ///< of the fresh pods, as are all rates below
  double data_age_seconds = 0;        ///< of its newest data
  double window_seconds = 1;          ///< the longest among its nodes
  double requests_per_second = 0, completed_per_second = 0, in_flight = 0;
  double limit_per_pod = 0;    ///< cores, mean of the pods that have one; 0 = none
  double request_per_pod = 0;  ///< cores, likewise
  double most_on_cpu = 0;      ///< cores of its busiest pod

  [[nodiscard]] double coverage() const;
  [[nodiscard]] double demand_cores() const { return shares.demand(); }
  [[nodiscard]] double used_cores() const { return shares[Share::on_cpu]; }
};

using Workloads = std::map<std::string, Workload, std::less<>>;

/// Pods of nodes that are silent for longer than kDeadAfter are left out, and ignored ones.
[[nodiscard]] Workloads workloads_of(const Snapshot& snapshot, MonoTime now);

/// How much a pod counts when verdicts are put together.
[[nodiscard]] double weight_of(const Pod& pod);

}  // namespace kernwise::view
