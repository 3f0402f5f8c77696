// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "orchestrator/actuate/judge.hpp"
#include "orchestrator/actuate/node_marks.hpp"

namespace kernwise::actuate {

/// On a Node: the mode of its mark, where it differs from that of all.
inline constexpr const char* kPlacementMode = "kernwise.io/placement-mode";

/// A Node as the cache has it.
struct NodeTarget {
  bool known = false, deleting = false;
  Annotations annotations = {};
};

/// Whether taints may be written there, after the Node's word, else that of all; a word that is
/// none means Recommend.
[[nodiscard]] Mode taint_mode(const Annotations& annotations, const Rules& rules);

/// Whether the mark may be changed now: leader, freshness, existence, mode, pause, pace. A taint of
/// ours is taken away in every mode and however old the data of the nodes is.
[[nodiscard]] Verdict judge(const NodeIntent& intent, const NodeTarget& target, const Facts& facts,
                            const Rules& rules, MonoTime now);

}  // namespace kernwise::actuate
