// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/view/snapshot.hpp"

#include <algorithm>

namespace kernwise::view {

double NodeState::age_seconds(MonoTime now) const {
  return std::max(0.0, Seconds(now - received).count());
}

double NodeState::window_seconds() const {
  return std::clamp(report.window_ms / 1000.0, 1.0, 60.0);
}

bool NodeState::fresh(MonoTime now) const {
  return age_seconds(now) <= 3 * window_seconds();
}

Verdict verdict_of(const Pod& pod, const NodeState& node, MonoTime now) {
  return node.fresh(now) ? pod.verdict : Verdict::unknown;
}

}  // namespace kernwise::view
