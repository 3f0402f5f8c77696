// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/actuate/cluster_facts.hpp"

#include <utility>
#include <vector>

#include "orchestrator/actuate/target.hpp"

namespace kernwise::actuate {
namespace {

void add_autoscalers(const kube::Store<kube::Autoscaler>& store, const WorkloadName& target,
                     std::vector<std::string>& found) {
  const std::string prefix = target.name_space + "/";
  const auto& objects = store.objects();
  for (auto entry = objects.lower_bound(prefix); entry != objects.end(); ++entry) {
    if (!entry->first.starts_with(prefix)) break;
    const kube::Autoscaler& autoscaler = *entry->second;
    if (autoscaler.target_kind == target.kind && autoscaler.target_name == target.name) {
      found.push_back(autoscaler.kind + "/" + autoscaler.meta.name);
    }
  }
}

}  // namespace

TargetFacts target_facts(const cluster::Stores& stores, const std::string& workload) {
  TargetFacts facts;
  const auto name = workload_name(workload);
  const auto object = name && scalable(workload) ? stores.workload(workload) : nullptr;
  if (!object) return facts;
  facts.known = true;
  facts.uid = object->meta.uid;
  facts.deleting = object->meta.deleting;
  facts.replicas = object->replicas;
  facts.annotations = object->meta.annotations;
  const auto name_space = stores.namespaces.find(name->name_space);
  if (name_space) facts.namespace_annotations = name_space->meta.annotations;
  // KEDA first: the HorizontalPodAutoscaler beside a ScaledObject is its own.
  add_autoscalers(stores.scaled_objects, *name, facts.autoscalers);
  add_autoscalers(stores.horizontal_autoscalers, *name, facts.autoscalers);
  add_autoscalers(stores.vertical_autoscalers, *name, facts.autoscalers);
  return facts;
}

NodeFacts node_facts(const cluster::Stores& stores, const view::Snapshot& snapshot, MonoTime now) {
  NodeFacts facts;
  for (const auto& [name, node] : snapshot.nodes) {
    if (!stores.nodes.find(name)) continue;
    ++facts.known;
    if (node->fresh(now)) ++facts.fresh;
  }
  return facts;
}

}  // namespace kernwise::actuate
