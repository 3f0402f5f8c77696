// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/view/name_book.hpp"

#include <algorithm>

#include "orchestrator/dependencies/graph.hpp"
#include "orchestrator/view/names.hpp"

namespace kernwise::view {
namespace {

const NamedContainer* listed(const NamedPod& pod, std::string_view container_id) {
  const auto found = std::find_if(pod.containers.begin(), pod.containers.end(),
                                  [&](const auto& each) { return each.id == container_id; });
  return found == pod.containers.end() ? nullptr : &*found;
}

bool may_be_on(const NamedPod& pod, std::string_view node) {
  return !pod.node || *pod.node == node;
}

/// Only the cluster tells containers apart.
bool is_answerable(const NamedPod& pod, std::string_view container_id) {
  return !pod.node || container_id.empty() || listed(pod, container_id) != nullptr;
}

NamedPod named(const report::PodEntry& entry) {
  NamedPod pod;
  pod.uid = entry.uid;
  pod.name = entry.name;
  pod.app = entry.app;
  pod.image = entry.image;
  pod.labels = entry.labels;
  return pod;
}

}  // namespace

NameBook::NameBook(const std::vector<report::PodEntry>& pods) {
  SharedMap<std::shared_ptr<const NamedPod>>::Edit edit(tables_.pods);
  for (const report::PodEntry& entry : pods) {
    edit.at(entry.uid) = std::make_shared<const NamedPod>(named(entry));
  }
  tables_.pods = edit.done();
}

const NamedPod* NameBook::pod(std::string_view uid) const {
  const auto* found = tables_.pods.find(uid);
  return found == nullptr ? nullptr : found->get();
}

const NamedPod* NameBook::on_node(const SharedMap<Claims>& claims, std::string_view key,
                                  std::string_view node) const {
  const Claims* const uids = claims.find(key);
  if (uids == nullptr || uids->size() != 1) return nullptr;
  const NamedPod* const found = pod(uids->front());
  return found != nullptr && may_be_on(*found, node) ? found : nullptr;
}

const NamedPod* NameBook::find(std::string_view node, std::string_view uid,
                               std::string_view container_id) const {
  if (uid.empty()) {
    return container_id.empty() ? nullptr : on_node(tables_.containers, container_id, node);
  }
  if (const NamedPod* const found = pod(uid)) return may_be_on(*found, node) ? found : nullptr;
  return on_node(tables_.static_pods, std::string(node).append("/").append(uid), node);
}

const NamedPod* NameBook::pod_at(std::string_view address) const {
  const Claims* const uids = tables_.addresses.find(address);
  return uids != nullptr && uids->size() == 1 ? pod(uids->front()) : nullptr;
}

std::string NameBook::workload_at(std::string_view address, std::uint16_t port) const {
  std::string workload;
  if (const Claims* services = tables_.service_ports.find(dependencies::endpoint(address, port))) {
    if (services->size() != 1) return {};
    const std::string* const behind = tables_.services.find(services->front());
    return behind == nullptr ? std::string() : *behind;
  }
  const Claims* const uids = tables_.addresses.find(address);
  if (uids == nullptr) return {};
  for (const std::string& uid : *uids) {
    const NamedPod* const claimant = pod(uid);
    std::string its = claimant == nullptr ? std::string() : workload_of(claimant->name);
    if (!workload.empty() && its != workload) return {};
    workload = std::move(its);
  }
  return workload;
}

std::string_view NameBook::inherited(std::string_view pod_namespace, std::string_view workload,
                                     std::string_view key) const {
  for (const std::string_view of : {workload, pod_namespace}) {
    const Annotations* const annotations = tables_.annotations.find(of);
    if (annotations == nullptr) continue;
    const auto found = annotations->find(key);
    if (found != annotations->end()) return found->second;
  }
  return {};
}

std::vector<report::NameEntry> NameBook::answer(
    std::string_view node, const std::vector<report::NameRequest>& wanted) const {
  std::vector<report::NameEntry> entries;
  for (const report::NameRequest& request : wanted) {
    const NamedPod* pod = find(node, request.pod_uid, request.container_id);
    if (pod == nullptr || !is_answerable(*pod, request.container_id)) continue;
    entries.push_back(
        {request.pod_uid, request.container_id, request.path, name_of(*pod, request.container_id)});
  }
  return entries;
}

report::Name name_of(const NamedPod& pod, std::string_view container_id) {
  report::Name name = pod.name;
  if (const NamedContainer* const container = listed(pod, container_id)) {
    name.container = container->name;
    name.request = container->request;
    name.limit = container->limit;
  }
  return name;
}

}  // namespace kernwise::view
