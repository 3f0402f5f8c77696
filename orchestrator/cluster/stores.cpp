// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/stores.hpp"

#include <string>

namespace kernwise::cluster {
namespace {

template <class T>
typename kube::Store<T>::Change tell(ClusterNames& names,
                                     void (ClusterNames::*whom)(const std::shared_ptr<const T>&,
                                                                const std::shared_ptr<const T>&)) {
  return [&names, whom](const auto& before, const auto& after) { (names.*whom)(before, after); };
}

}  // namespace

Stores::Stores(ClusterNames& names, PodMoves* moves)
    : pods([&names, moves](const auto& before, const auto& after) {
        names.pod(before, after);
        if (moves != nullptr) moves->pod(before, after);
      }),
      namespaces(tell(names, &ClusterNames::name_space)),
      replica_sets(tell(names, &ClusterNames::controller)),
      deployments(tell(names, &ClusterNames::controller)),
      stateful_sets(tell(names, &ClusterNames::controller)),
      daemon_sets(tell(names, &ClusterNames::controller)),
      services(tell(names, &ClusterNames::service)),
      endpoint_slices(tell(names, &ClusterNames::endpoints)) {}

std::shared_ptr<const kube::Controller> Stores::workload(std::string_view name) const {
  const std::size_t first = name.find('/');
  const std::size_t second = first == std::string_view::npos ? first : name.find('/', first + 1);
  if (second == std::string_view::npos) return nullptr;
  const std::string_view kind = name.substr(first + 1, second - first - 1);
  const std::string key = std::string(name.substr(0, first)).append(name.substr(second));
  if (kind == "Deployment") return deployments.find(key);
  if (kind == "StatefulSet") return stateful_sets.find(key);
  if (kind == "DaemonSet") return daemon_sets.find(key);
  return kind == "ReplicaSet" ? replica_sets.find(key) : nullptr;
}

}  // namespace kernwise::cluster
