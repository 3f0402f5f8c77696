// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// Objects of the cluster, with only the fields this program reads: a cache of them is bounded by
/// what is kept of each.
namespace kernwise::kube {

using Labels = std::map<std::string, std::string, std::less<>>;

struct Owner {
  std::string api_version, kind, name, uid;
  bool operator==(const Owner&) const = default;
};

struct Meta {
  std::string name_space;  ///< empty for what belongs to the whole cluster
  std::string name, uid, resource_version;
  Labels labels;                    ///< at most 64
  Labels annotations;               ///< only `kernwise.io/...` and `kubernetes.io/config.hash`
  std::optional<Owner> controller;  ///< the owner that controls it
  bool deleting = false;
  bool operator==(const Meta&) const = default;
};

struct ContainerState {
  enum class Role : std::uint8_t { main, init, sidecar, ephemeral };
  std::string name, image;
  std::string id;                                ///< 64 hex digits; empty while it has not started
  std::optional<double> cpu_request, cpu_limit;  ///< cores
  std::optional<double> memory_request = {}, memory_limit = {};  ///< bytes
  Role role = Role::main;  ///< a sidecar is an init container that keeps running
  bool operator==(const ContainerState&) const = default;
};

struct Pod {
  Meta meta;
  std::string node, phase, scheduler;
  std::vector<std::string> addresses;
  bool host_network = false;
  bool ready = false;
  std::int64_t priority = 0;
  std::vector<ContainerState> containers;  ///< main, init and ephemeral ones, each in their order
  std::optional<double> cpu_overhead = {}, memory_overhead = {};  ///< of the sandbox; cores, bytes
  bool operator==(const Pod&) const = default;
};

struct Taint {
  std::string key, value, effect;
  std::string time_added = {};  ///< as the server wrote it; empty when it is not said
  bool operator==(const Taint&) const = default;
};

struct Node {
  Meta meta;
  double cpu_allocatable = 0;  ///< cores
  std::uint64_t memory_allocatable_bytes = 0;
  std::vector<std::string> addresses;
  bool ready = false, unschedulable = false;
  std::vector<Taint> taints = {};  ///< at most kMaxTaints
  bool operator==(const Node&) const = default;
};

inline constexpr std::size_t kMaxTaints = 64;

/// A ReplicaSet, Deployment, StatefulSet or DaemonSet.
struct Controller {
  std::string kind;
  Meta meta;
  int replicas = 0, ready = 0;
  Labels selector;  ///< matchLabels
  bool operator==(const Controller&) const = default;
};

/// What scales a workload beside us: a HorizontalPodAutoscaler, a KEDA ScaledObject or a
/// VerticalPodAutoscaler.
struct Autoscaler {
  std::string kind;
  Meta meta;
  std::string target_kind, target_name;
  int min_replicas = 0, max_replicas = 0;  ///< 0 = not said
  bool operator==(const Autoscaler&) const = default;
};

struct Service {
  Meta meta;
  std::vector<std::string> cluster_addresses;  ///< empty when headless
  std::vector<std::uint16_t> ports;
  Labels selector;
  bool operator==(const Service&) const = default;
};

struct Endpoint {
  std::vector<std::string> addresses;
  std::string pod_uid, pod_name, node;
  bool ready = false;
  bool operator==(const Endpoint&) const = default;
};
struct EndpointSlice {
  Meta meta;
  std::string service;
  std::vector<Endpoint> endpoints;
  std::vector<std::uint16_t> ports;
  bool operator==(const EndpointSlice&) const = default;
};

struct Namespace {
  Meta meta;
  bool operator==(const Namespace&) const = default;
};

}  // namespace kernwise::kube
