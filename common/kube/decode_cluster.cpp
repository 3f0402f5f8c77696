// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "common/base/quantity.hpp"
#include "common/kube/decode.hpp"
#include "common/kube/fields.hpp"

namespace kernwise::kube {
namespace {

constexpr std::size_t kMaxAddresses = 16;
constexpr std::size_t kMaxPorts = 128;
constexpr std::size_t kMaxTaintKey = 317;     // a DNS name, a slash and 63 letters
constexpr std::size_t kMaxEndpoints = 1'000;  // the server's own limit

double quantity_or_zero(const json::Value& of, std::string_view key) {
  const auto quantity = parse_quantity(member(of, key).text());
  return quantity ? *quantity : 0;
}

bool is_ready(const json::Value& status) {
  const auto& conditions = member(status, "conditions").items();
  return std::ranges::any_of(conditions, [](const json::Value& condition) {
    return member(condition, "type").text() == "Ready" &&
           member(condition, "status").text() == "True";
  });
}

std::vector<std::uint16_t> ports_of(const json::Value& object) {
  std::vector<std::uint16_t> ports;
  for (const auto& each : member(object, "ports").items()) {
    if (ports.size() == kMaxPorts) break;
    const int port = integer_of(each, "port");
    if (port < 1 || port > std::numeric_limits<std::uint16_t>::max()) continue;
    ports.push_back(static_cast<std::uint16_t>(port));
  }
  return ports;
}

std::vector<Taint> taints_of(const json::Value& spec) {
  std::vector<Taint> taints;
  for (const auto& each : member(spec, "taints").items()) {
    if (taints.size() == kMaxTaints) break;
    taints.push_back({.key = text_of(each, "key", kMaxTaintKey),
                      .value = text_of(each, "value"),
                      .effect = text_of(each, "effect"),
                      .time_added = text_of(each, "timeAdded")});
  }
  return taints;
}

Endpoint endpoint_of(const json::Value& object) {
  const auto& pod = member(object, "targetRef");
  const bool is_pod = member(pod, "kind").text() == "Pod";
  // Whoever reads an EndpointSlice takes "ready: not said" for ready.
  const auto& ready = member(member(object, "conditions"), "ready");
  return {.addresses = texts_of(object, "addresses", kMaxAddresses),
          .pod_uid = is_pod ? text_of(pod, "uid") : std::string(),
          .pod_name = is_pod ? text_of(pod, "name") : std::string(),
          .node = text_of(object, "nodeName"),
          .ready = ready.is_null() || ready.truth()};
}

}  // namespace

Result<Node> decode_node(const json::Value& object) {
  auto meta = decode_identity(object, false);
  if (!meta) return wrap(meta.error(), "node");
  const auto& status = member(object, "status");
  const auto& allocatable = member(status, "allocatable");
  Node node;
  node.meta = *std::move(meta);
  node.cpu_allocatable = quantity_or_zero(allocatable, "cpu");
  node.memory_allocatable_bytes =
      static_cast<std::uint64_t>(quantity_or_zero(allocatable, "memory"));
  for (const auto& address : member(status, "addresses").items()) {
    if (node.addresses.size() == kMaxAddresses) break;
    if (member(address, "type").text() == "Hostname") continue;
    node.addresses.push_back(text_of(address, "address"));
  }
  node.ready = is_ready(status);
  const auto& spec = member(object, "spec");
  node.unschedulable = member(spec, "unschedulable").truth();
  node.taints = taints_of(spec);
  return node;
}

Result<Namespace> decode_namespace(const json::Value& object) {
  auto meta = decode_identity(object, false);
  if (!meta) return wrap(meta.error(), "namespace");
  return Namespace{.meta = *std::move(meta)};
}

Result<Service> decode_service(const json::Value& object) {
  auto meta = decode_identity(object, true);
  if (!meta) return wrap(meta.error(), "service");
  const auto& spec = member(object, "spec");
  Service service;
  service.meta = *std::move(meta);
  service.cluster_addresses = texts_of(spec, "clusterIPs", kMaxAddresses);
  std::erase(service.cluster_addresses, "None");
  std::erase(service.cluster_addresses, "");
  service.ports = ports_of(spec);
  service.selector = decode_labels(member(spec, "selector"));
  return service;
}

Result<EndpointSlice> decode_endpoint_slice(const json::Value& object) {
  auto meta = decode_identity(object, true);
  if (!meta) return wrap(meta.error(), "endpoint slice");
  EndpointSlice slice;
  slice.meta = *std::move(meta);
  const auto service = slice.meta.labels.find("kubernetes.io/service-name");
  if (service != slice.meta.labels.end()) slice.service = service->second;
  for (const auto& endpoint : member(object, "endpoints").items()) {
    if (slice.endpoints.size() == kMaxEndpoints) break;
    slice.endpoints.push_back(endpoint_of(endpoint));
  }
  slice.ports = ports_of(object);
  return slice;
}

}  // namespace kernwise::kube
