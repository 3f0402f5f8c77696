// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <utility>
#include <vector>

#include "orchestrator/app/actuator.hpp"
#include "orchestrator/app/core.hpp"
#include "orchestrator/app/lane.hpp"
#include "orchestrator/cluster/cluster.hpp"

namespace kernwise::orchestrator {

/// What the program has only on a cluster: the watched objects, the names that follow from them,
/// and decisions that come true. Lives on one lane.
class ClusterSide {
 public:
  /// Begins with the lane's next turns. `lane` and `core` must outlive it. Errors: the kubeconfig,
  /// or not in a pod.
  [[nodiscard]] static Result<std::unique_ptr<ClusterSide>> start(const Config& config, Lane& lane,
                                                                  Core& core);

  [[nodiscard]] kube::KubeClient& client() { return cluster_.client(); }
  /// As an Event at its object, when this replica leads.
  void tell(kube::Event event, WallTime wall) { actuator_->tell(std::move(event), wall); }
  /// `kernwise_kube_*`.
  void add_metrics(std::vector<metrics::Family>& families, MonoTime now) const {
    cluster_.add_metrics(families, now);
  }
  /// From another thread, while the lane runs: no write begins any more, the lease is given back.
  /// Waits for that, at most two seconds.
  void release(Lane& lane);

 private:
  ClusterSide(const Config& config, Lane& lane, Core& core,
              std::unique_ptr<kube::KubeClient> client);
  void tick(Core& core);

  cluster::Cluster cluster_;
  std::unique_ptr<Actuator> actuator_;
  bool stopping_ = false, released_ = false;
  std::promise<void> release_;
};

}  // namespace kernwise::orchestrator
