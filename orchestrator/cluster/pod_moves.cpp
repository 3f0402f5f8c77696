// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/pod_moves.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "extender/placement/pod_resources.hpp"

namespace kernwise::cluster {
namespace {

/// Images and what is asked for; containers that somebody looks into the pod with ask for nothing.
void add_containers(const kube::Pod& pod, placement::PodFacts& facts) {
  using Role = kube::ContainerState::Role;
  placement::ResourceTally requests, limits;
  for (const kube::ContainerState& container : pod.containers) {
    const placement::Resources requested{container.cpu_request, container.memory_request};
    const placement::Resources limited{container.cpu_limit, container.memory_limit};
    if (container.role == Role::main) {
      facts.images.push_back(container.image);
      requests.add_main(requested);
      limits.add_main(limited);
    } else if (container.role != Role::ephemeral) {
      const bool sidecar = container.role == Role::sidecar;
      requests.add_init(requested, sidecar);
      limits.add_init(limited, sidecar);
    }
  }
  const placement::Resources overhead{pod.cpu_overhead, pod.memory_overhead};
  facts.requests = requests.total(overhead);
  facts.limits = limits.total(overhead);
}

bool is_over(const kube::Pod& pod) {
  return pod.phase == "Succeeded" || pod.phase == "Failed";
}

bool runs(const std::shared_ptr<const kube::Pod>& pod) {
  return pod && !pod->node.empty() && !is_over(*pod);
}

}  // namespace

placement::PodFacts facts_of(const kube::Pod& pod) {
  placement::PodFacts facts;
  facts.uid = pod.meta.uid;
  facts.pod_namespace = pod.meta.name_space;
  facts.name = pod.meta.name;
  facts.scheduler_name = pod.scheduler;
  facts.node_name = pod.node;
  facts.priority = static_cast<std::int32_t>(
      std::clamp<std::int64_t>(pod.priority, std::numeric_limits<std::int32_t>::min(),
                               std::numeric_limits<std::int32_t>::max()));
  if (const auto& owner = pod.meta.controller) {
    facts.owners.push_back(
        {.kind = owner->kind, .name = owner->name, .uid = owner->uid, .controller = true});
  }
  facts.labels.assign(pod.meta.labels.begin(), pod.meta.labels.end());
  for (const auto& [key, value] : pod.meta.annotations) {
    if (key.starts_with("kernwise.io/")) facts.annotations.emplace_back(key, value);
  }
  add_containers(pod, facts);
  return facts;
}

void PodMoves::add(PodMove::Kind kind, const kube::Pod& pod) {
  if (moves_.size() < kMost) moves_.push_back({kind, facts_of(pod)});
}

void PodMoves::pod(const std::shared_ptr<const kube::Pod>& before,
                   const std::shared_ptr<const kube::Pod>& after) {
  using Kind = PodMove::Kind;
  const bool ran = runs(before), stays = runs(after);
  // Another pod of the same name took its place between two lists.
  if (before && after && before->meta.uid != after->meta.uid) {
    pod(before, nullptr);
    return pod(nullptr, after);
  }
  if (ran && !stays) return add(Kind::gone, *before);
  if (!stays) return;
  if (before && !ran && !after->meta.deleting) return add(Kind::bound, *after);
  if (ran && after->meta.deleting && !before->meta.deleting) add(Kind::leaves, *after);
}

}  // namespace kernwise::cluster
