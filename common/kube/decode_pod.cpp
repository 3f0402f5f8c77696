// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "common/base/quantity.hpp"
#include "common/kube/decode.hpp"
#include "common/kube/fields.hpp"

namespace kernwise::kube {
namespace {

using Role = ContainerState::Role;

constexpr std::size_t kMaxContainers = 128;
constexpr std::size_t kMaxAddresses = 8;
constexpr std::size_t kContainerIdLength = 64;

/// A resource in a list of them; nothing for what is no quantity, and for one so large that it was
/// capped: no node has it, and nothing can be said of a part of it.
std::optional<double> amount_of(const json::Value& list, std::string_view resource) {
  const auto amount = parse_quantity(member(list, resource).text());
  return amount && *amount < kMaxQuantity ? std::optional(*amount) : std::nullopt;
}

/// `containerd://<64 hexadecimal digits>` without the runtime.
std::string id_of(std::string_view written) {
  const auto at = written.find("://");
  if (at == std::string_view::npos) return {};
  const auto id = written.substr(at + 3);
  const bool hex = std::ranges::all_of(
      id, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  return id.size() == kContainerIdLength && hex ? std::string(id) : std::string();
}

void add_containers(Pod& pod, const json::Value& spec, const json::Value& statuses,
                    ContainerState::Role role) {
  for (const auto& each : spec.items()) {
    if (pod.containers.size() == kMaxContainers) return;
    const auto& requests = member(member(each, "resources"), "requests");
    const auto& limits = member(member(each, "resources"), "limits");
    ContainerState container{.name = text_of(each, "name"),
                             .image = text_of(each, "image"),
                             .id = {},
                             .cpu_request = amount_of(requests, "cpu"),
                             .cpu_limit = amount_of(limits, "cpu"),
                             .memory_request = amount_of(requests, "memory"),
                             .memory_limit = amount_of(limits, "memory"),
                             .role = role};
    if (role == Role::init && member(each, "restartPolicy").text() == "Always") {
      container.role = Role::sidecar;
    }
    for (const auto& status : statuses.items()) {
      if (member(status, "name").text() == container.name) {
        container.id = id_of(member(status, "containerID").text());
      }
    }
    pod.containers.push_back(std::move(container));
  }
}

std::vector<std::string> addresses_of(const json::Value& status) {
  std::vector<std::string> addresses;
  for (const auto& each : member(status, "podIPs").items()) {
    if (addresses.size() == kMaxAddresses) break;
    if (auto address = text_of(each, "ip"); !address.empty()) {
      addresses.push_back(std::move(address));
    }
  }
  return addresses;
}

bool is_ready(const json::Value& status) {
  const auto& conditions = member(status, "conditions").items();
  return std::ranges::any_of(conditions, [](const json::Value& condition) {
    return member(condition, "type").text() == "Ready" &&
           member(condition, "status").text() == "True";
  });
}

}  // namespace

Result<Pod> decode_pod(const json::Value& object) {
  auto meta = decode_identity(object, true);
  if (!meta) return wrap(meta.error(), "pod");
  Pod pod;
  pod.meta = *std::move(meta);
  const auto& spec = member(object, "spec");
  const auto& status = member(object, "status");
  pod.node = text_of(spec, "nodeName");
  pod.scheduler = text_of(spec, "schedulerName");
  pod.host_network = member(spec, "hostNetwork").truth();
  pod.priority = integer_of(spec, "priority");
  pod.phase = text_of(status, "phase");
  pod.addresses = addresses_of(status);
  pod.ready = is_ready(status);
  pod.cpu_overhead = amount_of(member(spec, "overhead"), "cpu");
  pod.memory_overhead = amount_of(member(spec, "overhead"), "memory");
  add_containers(pod, member(spec, "containers"), member(status, "containerStatuses"), Role::main);
  add_containers(pod, member(spec, "initContainers"), member(status, "initContainerStatuses"),
                 Role::init);
  add_containers(pod, member(spec, "ephemeralContainers"),
                 member(status, "ephemeralContainerStatuses"), Role::ephemeral);
  return pod;
}

}  // namespace kernwise::kube
