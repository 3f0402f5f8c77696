// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/dependencies/graph.hpp"

/// PURE. Where a wait comes from (scaling.md 4.6).
namespace kernwise::dependencies {

/// How saturated each workload is by itself, 0..1; those that are missing are not.
using Saturation = std::map<std::string, double, std::less<>>;

struct RootParams {
  double saturated = 0.6;   ///< from here on a workload can be a root
  double min_blame = 0.25;  ///< part of the start's time that a root must explain
  double passes_on = 0.5;   ///< a workload that waits so much for a saturated one is its victim
  double tie = 0.10;        ///< relative; the deeper of two such candidates wins
};

struct Root {
  std::string workload;
  double blame = 0;               ///< part of the start's time that it explains, 0..1
  std::vector<std::string> path;  ///< from the start to the root, both included
};

/// The workload that explains most of the waiting of `start`, walking along the edges and passing
/// the blame on in proportion to the time blocked. Workloads that wait for each other in a circle
/// are one, represented by the most saturated of them. No value: nothing known is saturated enough.
[[nodiscard]] std::optional<Root> root_of(std::string_view start, std::span<const Edge> edges,
                                          const Saturation& saturation,
                                          const RootParams& params = {});

}  // namespace kernwise::dependencies
