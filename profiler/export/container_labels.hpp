// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/metrics/registry.hpp"
#include "common/report/report.hpp"

namespace kernwise::profiler {

/// Labels namespace, pod, container and node of each container of a report, in its order and all
/// different. Where names are the same (a container was restarted, two differ only in what cannot
/// be printed), the youngest keeps its name and the others get their cgroup id behind it.
[[nodiscard]] std::vector<metrics::Labels> container_labels(const report::Report& report);

}  // namespace kernwise::profiler
