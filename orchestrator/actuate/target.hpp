// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/kube/path.hpp"

namespace kernwise::actuate {

/// `namespace/Kind/name` taken apart; nothing when it is not of that form.
struct WorkloadName {
  std::string name_space, kind, name;
};
[[nodiscard]] std::optional<WorkloadName> workload_name(std::string_view workload);

/// Where the API server has it: only kinds whose replicas the gate may change (Deployment,
/// StatefulSet).
[[nodiscard]] std::optional<kube::ObjectPath> scalable(std::string_view workload);

}  // namespace kernwise::actuate
