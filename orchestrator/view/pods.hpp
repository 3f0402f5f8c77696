// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "orchestrator/view/names.hpp"
#include "orchestrator/view/snapshot.hpp"

namespace kernwise::view {

/// Puts the best known names into every container of `report`.
void join_all_names(report::Report& report, const NameBook& book);

/// The pods of a report whose names are joined, sorted by namespace and name.
[[nodiscard]] std::vector<Pod> pods_of(const report::Report& report, const NameBook& book);

/// The highest priority among those that users may give; the lowest number where none is known.
[[nodiscard]] std::int32_t top_priority_of(const std::vector<Pod>& pods);

}  // namespace kernwise::view
