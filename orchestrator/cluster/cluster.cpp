// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/cluster.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "common/kube/decode.hpp"
#include "common/kube/watch_cache.hpp"
#include "orchestrator/cluster/metrics.hpp"

namespace kernwise::cluster {

/// One watched kind, whatever its type.
class Cluster::Feed {
 public:
  explicit Feed(std::string resource) : resource_(std::move(resource)) {}
  virtual ~Feed() = default;
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;
  [[nodiscard]] virtual bool synced() const = 0;
  [[nodiscard]] virtual std::optional<Monotonic::duration> age(MonoTime now) const = 0;
  [[nodiscard]] virtual const kube::WatchCounts& counts() const = 0;
  [[nodiscard]] virtual std::size_t objects() const = 0;
  [[nodiscard]] const std::string& resource() const { return resource_; }

 private:
  std::string resource_;
};

template <class T>
class Cluster::FeedOf final : public Cluster::Feed {
 public:
  using Cache = kube::WatchCache<T>;
  FeedOf(Cluster& cluster, kube::WatchOptions options, typename Cache::Decode decode,
         kube::Store<T>& store)
      : Feed(options.objects.plural),
        store_(store),
        cache_(*cluster.client_, *cluster.clock_, std::move(options), std::move(decode), store) {}

  [[nodiscard]] bool synced() const override { return cache_.synced(); }
  [[nodiscard]] std::optional<Monotonic::duration> age(MonoTime now) const override {
    return cache_.age(now);
  }
  [[nodiscard]] const kube::WatchCounts& counts() const override { return cache_.counts(); }
  [[nodiscard]] std::size_t objects() const override { return store_.objects().size(); }

 private:
  const kube::Store<T>& store_;
  Cache cache_;
};

struct Cluster::Kind {
  const char *api, *plural;
  bool optional = false;  ///< not every cluster has it
};

Cluster::Cluster(std::unique_ptr<kube::KubeClient> client, std::unique_ptr<kube::Clock> clock,
                 NameFilter filter)
    : client_(std::move(client)), clock_(std::move(clock)), names_(std::move(filter)) {
  follow_all();
}

Cluster::~Cluster() = default;

template <class T, class Decode>
void Cluster::follow(Kind kind, Decode decode, kube::Store<T>& store) {
  kube::WatchOptions options{.objects = {.api = kind.api, .plural = kind.plural}};
  options.tuning.optional = kind.optional;
  feeds_.push_back(std::make_unique<FeedOf<T>>(*this, std::move(options), decode, store));
}

void Cluster::follow_all() {
  follow({"v1", "namespaces"}, kube::decode_namespace, stores_.namespaces);
  follow({"v1", "nodes"}, kube::decode_node, stores_.nodes);
  follow({"apps/v1", "replicasets"}, kube::decode_replica_set, stores_.replica_sets);
  follow({"apps/v1", "deployments"}, kube::decode_deployment, stores_.deployments);
  follow({"apps/v1", "statefulsets"}, kube::decode_stateful_set, stores_.stateful_sets);
  follow({"apps/v1", "daemonsets"}, kube::decode_daemon_set, stores_.daemon_sets);
  follow({"v1", "services"}, kube::decode_service, stores_.services);
  follow({"discovery.k8s.io/v1", "endpointslices"}, kube::decode_endpoint_slice,
         stores_.endpoint_slices);
  follow({"autoscaling/v2", "horizontalpodautoscalers"}, kube::decode_horizontal_autoscaler,
         stores_.horizontal_autoscalers);
  follow({"keda.sh/v1alpha1", "scaledobjects", true}, kube::decode_scaled_object,
         stores_.scaled_objects);
  follow({"autoscaling.k8s.io/v1", "verticalpodautoscalers", true},
         kube::decode_vertical_autoscaler, stores_.vertical_autoscalers);
  follow({"v1", "pods"}, kube::decode_pod, stores_.pods);
}

bool Cluster::synced() const {
  return std::all_of(feeds_.begin(), feeds_.end(), [](const auto& feed) { return feed->synced(); });
}

std::optional<Seconds> Cluster::age(MonoTime now) const {
  Monotonic::duration oldest{};
  for (const auto& feed : feeds_) {
    const auto age = feed->age(now);
    if (!age) return std::nullopt;
    oldest = std::max(oldest, *age);
  }
  return Seconds(oldest);
}

std::optional<MonoTime> Cluster::heard(MonoTime now) const {
  const auto old = age(now);
  if (!old) return std::nullopt;
  return now - std::chrono::duration_cast<Monotonic::duration>(*old);
}

std::optional<ClusterNames::Update> Cluster::publish() {
  return synced() ? names_.publish() : std::nullopt;
}

void Cluster::add_metrics(std::vector<metrics::Family>& families, MonoTime now) const {
  WatchFamilies all;
  for (const auto& feed : feeds_) {
    const auto age = feed->age(now);
    all.add({.resource = feed->resource(),
             .objects = feed->objects(),
             .age_seconds = age ? std::optional(Seconds(*age).count()) : std::nullopt,
             .counts = feed->counts()});
  }
  all.move_to(families);
}

}  // namespace kernwise::cluster
