// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "test/fakes/kube/json.hpp"

namespace kernwise::test {

/// The quantity there (`100m`, `2`, `1Gi`) as a number; 0 when there is none.
[[nodiscard]] double quantity_at(const Json& object, std::string_view pointer);

/// Guaranteed, Burstable or BestEffort, by the CPU and memory of a pod's containers.
[[nodiscard]] std::string quality_of_service(const Json& pod);

/// What the server fills in: requests from limits, empty resources.
void default_resources(Json& pod);

}  // namespace kernwise::test
