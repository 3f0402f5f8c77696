// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "common/base/clock.hpp"
#include "common/kube/client.hpp"
#include "common/kube/clock.hpp"
#include "common/metrics/registry.hpp"
#include "orchestrator/cluster/cluster_names.hpp"
#include "orchestrator/cluster/stores.hpp"

namespace kernwise::cluster {

/// The cluster this program runs for: the way to its API server, and what is watched there. One
/// thread, that of the client; begins to watch with the next turn of its loop.
class Cluster {
 public:
  Cluster(std::unique_ptr<kube::KubeClient> client, std::unique_ptr<kube::Clock> clock,
          NameFilter filter = {});
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  [[nodiscard]] kube::KubeClient& client() { return *client_; }
  [[nodiscard]] const Stores& stores() const { return stores_; }

  /// Every watch has had a whole list. Once true it stays true; `age` tells whether it is still so.
  [[nodiscard]] bool synced() const;
  /// How long ago the stalest of the watches was last known to be up to date; nothing before
  /// `synced`.
  [[nodiscard]] std::optional<Seconds> age(MonoTime now) const;
  /// When that was.
  [[nodiscard]] std::optional<MonoTime> heard(MonoTime now) const;

  /// The names that follow from what has changed since the last call; no value when none has, and
  /// before `synced`: half a cluster would say of the other half that it does not exist.
  [[nodiscard]] std::optional<ClusterNames::Update> publish();
  /// The moves of pods since the last call.
  [[nodiscard]] std::vector<PodMove> take_moves() { return moves_.take(); }
  /// `kernwise_kube_*`, by resource.
  void add_metrics(std::vector<metrics::Family>& families, MonoTime now) const;

 private:
  class Feed;
  template <class T>
  class FeedOf;
  struct Kind;
  void follow_all();
  template <class T, class Decode>
  void follow(Kind kind, Decode decode, kube::Store<T>& store);

  std::unique_ptr<kube::KubeClient> client_;
  std::unique_ptr<kube::Clock> clock_;
  ClusterNames names_;
  PodMoves moves_;
  Stores stores_{names_, &moves_};
  std::vector<std::unique_ptr<Feed>> feeds_;  // last: they use all of the above
};

}  // namespace kernwise::cluster
