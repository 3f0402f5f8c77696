// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/named_pod.hpp"

#include <string_view>
#include <utility>

namespace kernwise::cluster {
namespace {

std::string text_of(const kube::Labels& labels, std::string_view key) {
  const auto found = labels.find(key);
  return found == labels.end() ? std::string() : found->second;
}

std::string app_of(const kube::Labels& labels) {
  std::string app = text_of(labels, "app.kubernetes.io/name");
  return app.empty() ? text_of(labels, "app") : app;
}

}  // namespace

view::NamedPod named_pod(const kube::Pod& pod, std::string owner) {
  view::NamedPod named;
  named.uid = pod.meta.uid;
  named.config_hash = text_of(pod.meta.annotations, "kubernetes.io/config.hash");
  named.node = pod.node;
  named.name.pod_namespace = pod.meta.name_space;
  named.name.pod = pod.meta.name;
  named.name.workload = std::move(owner);
  named.app = app_of(pod.meta.labels);
  if (!pod.containers.empty()) named.image = pod.containers.front().image;
  named.priority = pod.priority;
  named.ignored = text_of(pod.meta.annotations, kIgnore) == "true";
  named.host_network = pod.host_network;
  const bool over = pod.phase == "Succeeded" || pod.phase == "Failed";
  if (!over) named.addresses = pod.addresses;
  for (const kube::ContainerState& container : pod.containers) {
    if (container.id.empty()) continue;
    named.containers.push_back(
        {container.id, container.name, container.cpu_request, container.cpu_limit});
  }
  named.labels.assign(pod.meta.labels.begin(), pod.meta.labels.end());
  return named;
}

}  // namespace kernwise::cluster
