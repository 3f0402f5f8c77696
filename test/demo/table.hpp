// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "test/demo/state.hpp"

namespace kernwise::demo {

/// One line for each pod: verdict with confidence, shares, top function or peer, evidence.
[[nodiscard]] std::string table_of(const std::vector<PodState>& pods);
/// The scores of a pod on each node, with the evidence for them.
[[nodiscard]] std::string text_of(const Placement& placement);
/// One line for each decision, with its evidence below.
[[nodiscard]] std::string text_of(const std::vector<DecisionState>& decisions);

}  // namespace kernwise::demo
