// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/base/options.hpp"
#include "profiler/discovery/pod_source.hpp"

namespace kernwise::profiler {

/// How to reach the kubelet or the API server, from discovery.*. Errors name the option.
[[nodiscard]] Result<discovery::PodSourceOptions> pod_source_options(
    const options::Settings& settings, const options::Environment& environment,
    const std::string& node);

}  // namespace kernwise::profiler
