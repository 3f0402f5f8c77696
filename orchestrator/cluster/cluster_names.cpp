// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/cluster_names.hpp"

#include <utility>

#include "common/kube/store.hpp"
#include "orchestrator/cluster/claims.hpp"
#include "orchestrator/cluster/named_pod.hpp"
#include "orchestrator/dependencies/graph.hpp"
#include "orchestrator/view/names.hpp"

namespace kernwise::cluster {
namespace {

constexpr int kMostSteps = 8;

/// The keys under which a pod is found beside its UID.
struct PodKeys {
  std::set<std::string, std::less<>> hash, containers, addresses;
};

PodKeys keys_of(const view::NamedPod* pod) {
  PodKeys keys;
  if (pod == nullptr) return keys;
  if (!pod->config_hash.empty()) keys.hash.insert(pod->node.value_or("") + "/" + pod->config_hash);
  for (const auto& container : pod->containers) keys.containers.insert(container.id);
  if (!pod->host_network) keys.addresses.insert(pod->addresses.begin(), pod->addresses.end());
  return keys;
}

std::string workload_name(const view::NamedPod* pod) {
  return pod == nullptr ? std::string() : view::workload_of(pod->name);
}

std::set<std::string, std::less<>> ports_of(const kube::Service* service) {
  std::set<std::string, std::less<>> ports;
  if (service == nullptr) return ports;
  for (const std::string& address : service->cluster_addresses) {
    for (const auto port : service->ports) ports.insert(dependencies::endpoint(address, port));
  }
  return ports;
}

std::string service_of(const kube::EndpointSlice& slice) {
  return slice.meta.name_space + "/" + slice.service;
}

template <class Objects>
auto* find_in(const Objects& objects, const std::string& key) {
  const auto found = objects.find(key);
  return found == objects.end() ? nullptr : found->second.get();
}

}  // namespace

struct ClusterNames::Edits {
  explicit Edits(const view::NameBook::Tables& tables)
      : pods(tables.pods),
        static_pods(tables.static_pods),
        containers(tables.containers),
        addresses(tables.addresses),
        service_ports(tables.service_ports),
        services(tables.services),
        annotations(tables.annotations) {}

  [[nodiscard]] const view::NamedPod* pod(const std::string& uid) const {
    const auto* const found = pods.find(uid);
    return found == nullptr ? nullptr : found->get();
  }
  [[nodiscard]] view::NameBook::Tables done() {
    return {.pods = pods.done(),
            .static_pods = static_pods.done(),
            .containers = containers.done(),
            .addresses = addresses.done(),
            .service_ports = service_ports.done(),
            .services = services.done(),
            .annotations = annotations.done()};
  }

  view::SharedMap<std::shared_ptr<const view::NamedPod>>::Edit pods;
  Claims::Edit static_pods, containers, addresses, service_ports;
  view::SharedMap<std::string>::Edit services;
  view::SharedMap<view::NameBook::Annotations>::Edit annotations;
  std::set<std::string> nodes;
  bool changed = false;
};

void ClusterNames::pod(const std::shared_ptr<const kube::Pod>& before,
                       const std::shared_ptr<const kube::Pod>& after) {
  if (before) {
    const std::string& uid = before->meta.uid;
    pods_.erase(uid);
    take_out(pods_of_owner_, owner_key(before->meta), uid);
    take_out(pods_of_namespace_, before->meta.name_space, uid);
    dirty_pods_.insert(uid);
  }
  if (after) {
    const std::string& uid = after->meta.uid;
    pods_[uid] = after;
    const std::string owner = owner_key(after->meta);
    if (!owner.empty()) pods_of_owner_[owner].insert(uid);
    pods_of_namespace_[after->meta.name_space].insert(uid);
    dirty_pods_.insert(uid);
  }
}

/// The pods below that controller, which may be called otherwise now.
void ClusterNames::touch_children(const std::string& owner, int steps) {
  if (steps == 0) return;
  if (const auto pods = pods_of_owner_.find(owner); pods != pods_of_owner_.end()) {
    dirty_pods_.insert(pods->second.begin(), pods->second.end());
  }
  const auto below = controllers_of_owner_.find(owner);
  if (below == controllers_of_owner_.end()) return;
  for (const std::string& child : below->second) touch_children(child, steps - 1);
}

void ClusterNames::controller(const std::shared_ptr<const kube::Controller>& before,
                              const std::shared_ptr<const kube::Controller>& after) {
  const std::string key = controller_key(after ? *after : *before);
  if (after) {
    controllers_[key] = after;
  } else {
    controllers_.erase(key);
  }
  // Most changes are of the number of replicas that are ready.
  const bool same = before && after && before->meta.controller == after->meta.controller &&
                    before->meta.annotations == after->meta.annotations;
  if (same) return;
  if (before) take_out(controllers_of_owner_, owner_key(before->meta), key);
  const std::string owner = after ? owner_key(after->meta) : std::string();
  if (!owner.empty()) controllers_of_owner_[owner].insert(key);
  dirty_annotations_[key] = after ? after->meta.annotations : kube::Labels();
  touch_children(key, kMostSteps);
}

void ClusterNames::service(const std::shared_ptr<const kube::Service>& before,
                           const std::shared_ptr<const kube::Service>& after) {
  const std::string key = kube::Store<kube::Service>::key_of(after ? *after : *before);
  if (after) {
    services_[key] = after;
  } else {
    services_.erase(key);
  }
  dirty_services_.insert(key);
}

void ClusterNames::endpoints(const std::shared_ptr<const kube::EndpointSlice>& before,
                             const std::shared_ptr<const kube::EndpointSlice>& after) {
  const std::string key = kube::Store<kube::EndpointSlice>::key_of(after ? *after : *before);
  if (before) {
    slices_.erase(key);
    take_out(slices_of_service_, service_of(*before), key);
    for (const auto& endpoint : before->endpoints) take_out(slices_of_pod_, endpoint.pod_uid, key);
    dirty_services_.insert(service_of(*before));
  }
  if (after) {
    slices_[key] = after;
    slices_of_service_[service_of(*after)].insert(key);
    for (const auto& endpoint : after->endpoints) {
      if (!endpoint.pod_uid.empty()) slices_of_pod_[endpoint.pod_uid].insert(key);
    }
    dirty_services_.insert(service_of(*after));
  }
}

void ClusterNames::name_space(const std::shared_ptr<const kube::Namespace>& before,
                              const std::shared_ptr<const kube::Namespace>& after) {
  const std::string& name = (after ? after : before)->meta.name;
  const kube::Labels now = after ? after->meta.annotations : kube::Labels();
  if (before && before->meta.annotations == now) return;
  dirty_annotations_[name] = now;
  const auto pods = pods_of_namespace_.find(name);
  if (pods != pods_of_namespace_.end()) {
    dirty_pods_.insert(pods->second.begin(), pods->second.end());
  }
}

void ClusterNames::update_annotations(Edits& edits) {
  for (auto& [key, now] : dirty_annotations_) {
    const auto* const before = edits.annotations.find(key);
    if (before == nullptr ? now.empty() : *before == now) continue;
    edits.changed = true;
    if (now.empty()) {
      edits.annotations.erase(key);
    } else {
      edits.annotations.at(key) = std::move(now);
    }
  }
  dirty_annotations_.clear();
}

view::NamedPod ClusterNames::named(const kube::Pod& pod, const Edits& edits) const {
  view::NamedPod named = named_pod(pod, top_owner(pod, controllers_));
  const std::string workload = view::workload_of(named.name);
  for (const std::string& said_by : {workload, pod.meta.name_space}) {
    if (pod.meta.annotations.contains(kIgnore)) break;
    const auto* const said = edits.annotations.find(said_by);
    if (said == nullptr || !said->contains(kIgnore)) continue;
    named.ignored = said->at(kIgnore) == "true";
    break;
  }
  if (filter_.ignores(pod.meta.name_space)) named.ignored = true;
  return named;
}

void ClusterNames::update_pod(const std::string& uid, Edits& edits) {
  const auto* const raw = find_in(pods_, uid);
  const auto* const held = edits.pods.find(uid);
  const std::shared_ptr<const view::NamedPod> before = held == nullptr ? nullptr : *held;
  const auto after =
      raw == nullptr ? nullptr : std::make_shared<const view::NamedPod>(named(*raw, edits));
  if (before == after || (before && after && *before == *after)) return;
  const PodKeys old_keys = keys_of(before.get()), new_keys = keys_of(after.get());
  move_claims(edits.static_pods, old_keys.hash, new_keys.hash, uid);
  move_claims(edits.containers, old_keys.containers, new_keys.containers, uid);
  move_claims(edits.addresses, old_keys.addresses, new_keys.addresses, uid);
  if (after) {
    edits.pods.at(uid) = after;
  } else {
    edits.pods.erase(uid);
  }
  for (const auto& pod : {before, after}) {
    if (pod && !pod->node->empty()) edits.nodes.insert(*pod->node);
  }
  edits.changed = true;
  if (workload_name(before.get()) == workload_name(after.get())) return;
  const auto slices = slices_of_pod_.find(uid);
  if (slices == slices_of_pod_.end()) return;
  for (const std::string& slice : slices->second) {
    dirty_services_.insert(service_of(*slices_.at(slice)));
  }
}

std::string ClusterNames::workload_behind(const std::string& service, const Edits& edits) const {
  std::string workload;
  const auto slices = slices_of_service_.find(service);
  if (slices == slices_of_service_.end()) return workload;
  for (const std::string& slice : slices->second) {
    for (const kube::Endpoint& endpoint : slices_.at(slice)->endpoints) {
      std::string its = workload_name(edits.pod(endpoint.pod_uid));
      // Somebody outside of the cluster answers there, too, or a second workload.
      if (its.empty() || (!workload.empty() && its != workload)) return {};
      workload = std::move(its);
    }
  }
  return workload;
}

void ClusterNames::update_service(const std::string& key, Edits& edits) {
  const auto* const raw = find_in(services_, key);
  auto ports = ports_of(raw);
  if (move_claims(edits.service_ports, published_ports_[key], ports, key)) edits.changed = true;
  published_ports_[key] = std::move(ports);
  const auto* const before = edits.services.find(key);
  if (raw == nullptr) {
    published_ports_.erase(key);
    edits.changed = edits.changed || before != nullptr;
    edits.services.erase(key);
    return;
  }
  std::string workload = workload_behind(key, edits);
  if (before != nullptr && *before == workload) return;
  edits.services.at(key) = std::move(workload);
  edits.changed = true;
}

std::optional<ClusterNames::Update> ClusterNames::publish() {
  Edits edits(tables_);
  update_annotations(edits);
  for (const std::string& uid : dirty_pods_) update_pod(uid, edits);
  for (const std::string& key : dirty_services_) update_service(key, edits);
  dirty_pods_.clear();
  dirty_services_.clear();
  if (!edits.changed) return std::nullopt;
  tables_ = edits.done();
  return Update{std::make_shared<const view::NameBook>(tables_), std::move(edits.nodes)};
}

}  // namespace kernwise::cluster
