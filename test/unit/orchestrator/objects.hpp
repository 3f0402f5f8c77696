// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/kube/objects.hpp"
#include "common/kube/store.hpp"
#include "orchestrator/cluster/stores.hpp"

/// Objects of a cluster, for tests.
namespace kernwise::test {

inline kube::Meta meta(std::string name, std::string uid = {}) {
  kube::Meta meta;
  meta.name_space = "shop";
  meta.uid = uid.empty() ? "uid-" + name : std::move(uid);
  meta.name = std::move(name);
  return meta;
}

inline kube::Owner owner(std::string api_version, std::string kind, std::string name) {
  return {std::move(api_version), std::move(kind), std::move(name), {}};
}

inline kube::Pod pod(std::string name, std::string node, std::string address) {
  kube::Pod pod;
  pod.meta = meta(std::move(name));
  pod.node = std::move(node);
  pod.phase = "Running";
  if (!address.empty()) pod.addresses = {std::move(address)};
  return pod;
}

inline kube::Controller controller(std::string kind, std::string name) {
  kube::Controller controller;
  controller.kind = std::move(kind);
  controller.meta = meta(std::move(name));
  return controller;
}

inline kube::Service service(std::string name, std::string address, std::uint16_t port) {
  kube::Service service;
  service.meta = meta(std::move(name));
  service.cluster_addresses = {std::move(address)};
  service.ports = {port};
  return service;
}

inline kube::ContainerState container_state(std::string name, std::string id) {
  kube::ContainerState container;
  container.image = name + ":1";
  container.name = std::move(name);
  container.id = std::move(id);
  return container;
}

/// A slice with one endpoint for each of these UIDs.
inline kube::EndpointSlice slice(std::string name, std::string of,
                                 const std::vector<std::string>& uids) {
  kube::EndpointSlice slice;
  slice.meta = meta(std::move(name));
  slice.service = std::move(of);
  for (const std::string& uid : uids) {
    kube::Endpoint endpoint;
    endpoint.pod_uid = uid;
    slice.endpoints.push_back(std::move(endpoint));
  }
  return slice;
}

/// Stores whose changes go to the names.
struct NamedCluster : private cluster::ClusterNames, public cluster::Stores {
  NamedCluster() : Stores(static_cast<cluster::ClusterNames&>(*this)) {}
  using cluster::ClusterNames::publish;

  /// The newest book.
  const view::NameBook& book() {
    if (auto update = publish()) book_ = update->book;
    return *book_;
  }

 private:
  std::shared_ptr<const view::NameBook> book_ = std::make_shared<const view::NameBook>();
};

}  // namespace kernwise::test
