// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "common/base/clock.hpp"
#include "common/kube/client.hpp"
#include "orchestrator/cluster/cluster_names.hpp"
#include "orchestrator/cluster/stores.hpp"

namespace kernwise::cluster {

/// The cluster this program runs for: the way to its API server, and what is watched there. One
/// thread, that of the client.
class Cluster {
 public:
  explicit Cluster(std::unique_ptr<kube::KubeClient> client);

  [[nodiscard]] kube::KubeClient& client() { return *client_; }
  [[nodiscard]] const Stores& stores() const { return stores_; }

  /// Every watch has had a whole list. Once true it stays true; `age` tells whether it is still so.
  [[nodiscard]] bool synced() const;
  /// How long ago the stalest of the watches was last known to be up to date; at least the time
  /// since the start while one has never been.
  [[nodiscard]] Seconds age(MonoTime now) const;

  /// The names that follow from what has changed since the last call; no value when none has.
  [[nodiscard]] std::optional<ClusterNames::Update> publish() { return names_.publish(); }

 private:
  std::unique_ptr<kube::KubeClient> client_;
  ClusterNames names_;
  Stores stores_{names_};
};

}  // namespace kernwise::cluster
