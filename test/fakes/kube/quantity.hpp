// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "test/fakes/kube/json.hpp"

namespace kernwise::test {

/// `100m`, `2`, `1Gi` as a number; nothing when it is none.
[[nodiscard]] std::optional<double> quantity(std::string_view text);

/// Guaranteed, Burstable or BestEffort, by the CPU and memory of a pod's containers.
[[nodiscard]] std::string quality_of_service(const Json& pod);

/// What the server fills in: requests from limits, empty resources.
void default_resources(Json& pod);

}  // namespace kernwise::test
