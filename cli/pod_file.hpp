// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace kernwise::cli {

/// The question `{"Pod":{...}}` about the first pod that `text` (YAML or JSON) describes: a Pod, or
/// what has a template of one (Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob), which
/// then controls it. Errors name the line.
[[nodiscard]] Result<std::string> question_about(std::string_view text);

}  // namespace kernwise::cli
