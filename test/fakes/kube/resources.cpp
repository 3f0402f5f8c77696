// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/resources.hpp"

#include <algorithm>
#include <vector>

namespace kernwise::test {
namespace {

std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    path.remove_prefix(path.front() == '/' ? 1 : 0);
    const auto end = std::min(path.find('/'), path.size());
    parts.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return parts;
}

Resource core(std::string plural, std::string kind) {
  return {.plural = std::move(plural), .kind = std::move(kind), .returns_gone = true};
}

Resource workload(std::string plural, std::string kind) {
  return {.group = "apps",
          .plural = std::move(plural),
          .kind = std::move(kind),
          .status = true,
          .scale = true,
          .generation = true};
}

/// What every cluster has had from the beginning.
std::vector<Resource> core_and_apps() {
  auto pods = core("pods", "Pod");
  pods.status = pods.generation = true;
  auto nodes = core("nodes", "Node");
  nodes.namespaced = nodes.returns_gone = false;
  nodes.status = true;
  auto namespaces = nodes;
  namespaces.plural = "namespaces";
  namespaces.kind = "Namespace";
  auto services = core("services", "Service");
  services.status = true;
  auto daemon_sets = workload("daemonsets", "DaemonSet");
  daemon_sets.scale = false;
  auto config_maps = core("configmaps", "ConfigMap");
  config_maps.returns_gone = false;
  return {pods,
          nodes,
          namespaces,
          services,
          config_maps,
          core("serviceaccounts", "ServiceAccount"),
          workload("deployments", "Deployment"),
          workload("replicasets", "ReplicaSet"),
          workload("statefulsets", "StatefulSet"),
          daemon_sets};
}

}  // namespace

Resources::Resources() {
  for (auto& each : core_and_apps()) define(std::move(each));
  define({.group = "coordination.k8s.io",
          .plural = "leases",
          .kind = "Lease",
          .unconditional = false,
          .upsert = true});
  define({.group = "events.k8s.io", .plural = "events", .kind = "Event", .upsert = true});
  define({.group = "apiextensions.k8s.io",
          .plural = "customresourcedefinitions",
          .kind = "CustomResourceDefinition",
          .namespaced = false,
          .generation = true});
  define({.group = "discovery.k8s.io",
          .plural = "endpointslices",
          .kind = "EndpointSlice",
          .generation = true});
  define({.group = "autoscaling",
          .version = "v2",
          .plural = "horizontalpodautoscalers",
          .kind = "HorizontalPodAutoscaler",
          .status = true});
}

void Resources::define(Resource resource) {
  all_.push_back(std::move(resource));
}

const Resource* Resources::find(std::string_view group, std::string_view version,
                                std::string_view plural) const {
  const auto found = std::ranges::find_if(all_, [&](const Resource& each) {
    return each.group == group && each.version == version && each.plural == plural;
  });
  return found == all_.end() ? nullptr : &*found;
}

const Resource* Resources::of_kind(std::string_view api_version, std::string_view kind) const {
  const auto found = std::ranges::find_if(all_, [&](const Resource& each) {
    return each.kind == kind && each.api_version() == api_version;
  });
  return found == all_.end() ? nullptr : &*found;
}

std::optional<Target> parse_target(const Resources& resources, std::string_view path) {
  const auto parts = segments(path);
  if (parts.size() < 3 || (parts[0] != "api" && parts[0] != "apis")) return std::nullopt;
  const bool grouped = parts[0] == "apis";
  std::size_t next = grouped ? 3 : 2;
  const std::string group = grouped ? parts[1] : "";
  const std::string version = parts[next - 1];
  Target target;
  const auto rest = [&](std::size_t index) {
    return next + index < parts.size() ? parts[next + index] : std::string();
  };
  const bool inside = rest(0) == "namespaces" && !rest(2).empty() && rest(2) != "status";
  if (inside) target.name_space = rest(1);
  next += inside ? 2 : 0;
  target.resource = resources.find(group, version, rest(0));
  target.name = rest(1);
  target.subresource = rest(2);
  const bool fits = target.resource != nullptr && parts.size() <= next + 3 &&
                    (!inside || target.resource->namespaced);
  if (!fits) return std::nullopt;
  return target;
}

}  // namespace kernwise::test
