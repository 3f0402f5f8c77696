// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.hpp"
#include "common/report/report.hpp"

namespace kernwise::report {

/// One pod of `--pods FILE`: `{uid, namespace, name, workload, requests: {cpu}, limits: {cpu},
/// labels, image}`; only uid and name are required.
struct PodEntry {
  std::string uid;
  Name name;
  std::string app;  ///< label `app.kubernetes.io/name`, else `app`
  std::string image;
  std::vector<std::pair<std::string, std::string>> labels;  ///< all of them, at most 64
};

/// Reads the YAML list; every error names the line. CPU quantities are `250m` or cores.
[[nodiscard]] Result<std::vector<PodEntry>> parse_pods(std::string_view yaml);

/// A Kubernetes quantity (`500m`, `2`, `0.5`) in cores. Errors: anything else, negative or above
/// 100,000 cores.
[[nodiscard]] Result<double> parse_cpu_quantity(std::string_view text);

}  // namespace kernwise::report
