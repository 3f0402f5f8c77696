// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/kube/objects.hpp"
#include "profiler/discovery/filter.hpp"

namespace kernwise::discovery {

struct PodContainer {
  std::string name;
  std::string id;                        ///< 64 hex digits; empty while it has not started
  std::optional<double> request, limit;  ///< cores
  bool operator==(const PodContainer&) const = default;
};

struct PodRecord {
  std::string uid;
  /// The uid that the cgroup of a static pod has (annotation kubernetes.io/config.hash); empty for
  /// others.
  std::string config_hash;
  std::string pod_namespace, name;
  std::string workload;  ///< `Deployment/svc-cpu`; empty without an owner
  Labels labels;
  std::vector<PodContainer> containers;  ///< init and ephemeral ones, too
  bool operator==(const PodRecord&) const = default;
};

/// What names need of a pod. Deployments own pods through ReplicaSets called
/// `<deployment>-<pod-template-hash>`.
[[nodiscard]] PodRecord record_of(const kube::Pod& pod);

}  // namespace kernwise::discovery
