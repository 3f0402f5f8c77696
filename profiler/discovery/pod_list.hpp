// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "profiler/discovery/pod_record.hpp"

namespace kernwise::discovery {

/// A v1 PodList as the kubelet's /pods has it. A pod without uid, namespace or name is left out; at
/// most 1024 pods, 128 containers each. Errors: not JSON, not a list.
[[nodiscard]] Result<std::vector<PodRecord>> parse_pod_list(std::string_view text);

}  // namespace kernwise::discovery
