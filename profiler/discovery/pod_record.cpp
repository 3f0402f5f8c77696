// SPDX-License-Identifier: Apache-2.0
#include "profiler/discovery/pod_record.hpp"

namespace kernwise::discovery {
namespace {

std::string workload_of(const kube::Meta& meta) {
  if (!meta.controller) return {};
  auto kind = meta.controller->kind;
  auto name = meta.controller->name;
  const auto hash = meta.labels.find("pod-template-hash");
  if (kind == "ReplicaSet" && hash != meta.labels.end() && name.ends_with("-" + hash->second)) {
    kind = "Deployment";
    name.resize(name.size() - hash->second.size() - 1);
  }
  return kind.append("/").append(name);
}

}  // namespace

PodRecord record_of(const kube::Pod& pod) {
  PodRecord record;
  record.uid = pod.meta.uid;
  const auto hash = pod.meta.annotations.find("kubernetes.io/config.hash");
  if (hash != pod.meta.annotations.end()) record.config_hash = hash->second;
  record.pod_namespace = pod.meta.name_space;
  record.name = pod.meta.name;
  record.workload = workload_of(pod.meta);
  record.labels.insert(pod.meta.labels.begin(), pod.meta.labels.end());
  for (const auto& container : pod.containers) {
    record.containers.push_back({.name = container.name,
                                 .id = container.id,
                                 .request = container.cpu_request,
                                 .limit = container.cpu_limit});
  }
  return record;
}

}  // namespace kernwise::discovery
