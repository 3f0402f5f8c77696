// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/actuate/target.hpp"

namespace kernwise::actuate {

std::optional<WorkloadName> workload_name(std::string_view workload) {
  const std::size_t first = workload.find('/');
  const std::size_t second = workload.find('/', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return std::nullopt;
  WorkloadName name{.name_space = std::string(workload.substr(0, first)),
                    .kind = std::string(workload.substr(first + 1, second - first - 1)),
                    .name = std::string(workload.substr(second + 1))};
  if (name.name_space.empty() || name.kind.empty() || name.name.empty()) return std::nullopt;
  return name;
}

std::optional<kube::ObjectPath> scalable(std::string_view workload) {
  auto name = workload_name(workload);
  if (!name) return std::nullopt;
  kube::ObjectPath path{
      .api = "apps/v1", .plural = {}, .name_space = name->name_space, .name = name->name};
  if (name->kind == "Deployment") path.plural = "deployments";
  if (name->kind == "StatefulSet") path.plural = "statefulsets";
  if (path.plural.empty()) return std::nullopt;
  return path;
}

}  // namespace kernwise::actuate
