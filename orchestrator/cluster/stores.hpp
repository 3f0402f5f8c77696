// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "common/kube/objects.hpp"
#include "common/kube/store.hpp"
#include "orchestrator/cluster/cluster_names.hpp"
#include "orchestrator/cluster/pod_moves.hpp"

namespace kernwise::cluster {

/// What this program watches of a cluster, by `namespace/name`. Whoever decides reads it; only the
/// watches (in tests: the test) write it.
struct Stores {
  /// Changes of what names follow from go to `names`, pods that move to `moves` (may be null); both
  /// must outlive this.
  explicit Stores(ClusterNames& names, PodMoves* moves = nullptr);
  Stores() = default;

  kube::Store<kube::Pod> pods;
  kube::Store<kube::Node> nodes;
  kube::Store<kube::Namespace> namespaces;
  kube::Store<kube::Controller> replica_sets, deployments, stateful_sets, daemon_sets;
  kube::Store<kube::Autoscaler> horizontal_autoscalers;
  // Empty where the cluster does not have these kinds.
  kube::Store<kube::Autoscaler> scaled_objects, vertical_autoscalers;
  kube::Store<kube::Service> services;
  kube::Store<kube::EndpointSlice> endpoint_slices;

  /// The controller called `namespace/Kind/name` (as workloads are), or nullptr.
  [[nodiscard]] std::shared_ptr<const kube::Controller> workload(std::string_view name) const;
};

}  // namespace kernwise::cluster
