// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/app/cluster_side.hpp"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/app/senders.hpp"

namespace kernwise::orchestrator {
namespace {

constexpr std::chrono::milliseconds kTick{100};
constexpr std::chrono::seconds kReleasePatience{2};

api::Now now() {
  return {Monotonic::now(), std::chrono::system_clock::now()};
}

cluster::NameFilter filter_of(const Kubernetes& kubernetes) {
  const auto set_of = [](const std::vector<std::string>& words) {
    return std::set<std::string, std::less<>>(words.begin(), words.end());
  };
  return {set_of(kubernetes.exclude_namespaces), set_of(kubernetes.namespaces)};
}

/// Nodes are woken only where /filter may have rejected pods.
NodeMarker::Options marks_of(const Config& config) {
  const bool rejects =
      config.placement.filter.enabled && config.placement.mode == protocol::Mode::act;
  return {.rules = {.wake = rejects, .most_part = config.acting.most_tainted},
          .filter = config.placement.filter};
}

}  // namespace

Result<std::unique_ptr<ClusterSide>> ClusterSide::start(const Config& config, Lane& lane,
                                                        Core& core) {
  auto client = connect(lane.io(), config.kubernetes);
  if (!client) return client.error();
  std::unique_ptr<ClusterSide> side(new ClusterSide(config, lane, core, *std::move(client)));
  lane.every(kTick, [side = side.get(), &core] { side->tick(core); });
  return side;
}

ClusterSide::ClusterSide(const Config& config, Lane& lane, Core& core,
                         std::unique_ptr<kube::KubeClient> client)
    : cluster_(std::move(client), kube::clock_of(lane.io()), filter_of(config.kubernetes)) {
  const Acting& acting = config.acting;
  const Actuator::Options options{.lease = {acting.lease_namespace, acting.lease_name},
                                  .pod = acting.pod,
                                  .rules = acting.rules,
                                  .paces = acting.paces,
                                  .marks = marks_of(config)};
  actuator_ = std::make_unique<Actuator>(
      options,
      Actuator::Ports{
          .client = cluster_.client(),
          .stores = cluster_.stores(),
          .api =
              [this](MonoTime at) {
                return actuate::ApiFacts{cluster_.synced(), cluster_.heard(at)};
              },
          .view = core.view(),
          .registry = core.registry(),
          .settled = [&core](const auto& intent,
                             const auto& outcome) { core.settled(intent, outcome, now()); },
          .overloaded = core.overloaded()});
  core.join(*actuator_);
}

void ClusterSide::tick(Core& core) {
  core.move(cluster_.take_moves(), now());
  if (auto update = cluster_.publish()) core.rename(std::move(update->book), update->nodes);
  actuator_->tick(now().wall);
  if (!stopping_ || released_ || !actuator_->stopped()) return;
  released_ = true;
  release_.set_value();
}

void ClusterSide::release(Lane& lane) {
  const auto released = release_.get_future();
  lane.post([this] {
    stopping_ = true;
    actuator_->stop();
  });
  released.wait_for(kReleasePatience);
}

}  // namespace kernwise::orchestrator
