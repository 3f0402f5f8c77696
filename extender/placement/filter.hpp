// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "extender/placement/pod.hpp"
#include "extender/placement/rank.hpp"

/// PURE. Vetoes nodes whose kernel has reported one contended resource for long. Off by default:
/// a pod that a scheduler extender rejects is invisible to the autoscaler and slow to be requeued.
namespace kernwise::placement {

struct FilterParams {
  bool enabled = false;
  PerResource hard_limit{0.60, 0.60, 0.30};  ///< contention that counts as over the limit
  PerResource recovered{0.40, 0.40, 0.15};   ///< contention at which a vetoed node is free again
  std::uint16_t windows = 5;                 ///< reports in a row over the limit before a veto
  double min_mix = 0.30;        ///< of the pod's time on that resource; below it no veto
  double min_kept_part = 0.30;  ///< of the candidates; one node is always kept
};

/// The count of reports in a row over the limit after one more report. It stays where it is, once
/// it has reached `windows`, until the contention falls to `recovered` (hysteresis); NaN counts as
/// 0.
[[nodiscard]] std::uint16_t windows_over(std::uint16_t before, double contention, Resource resource,
                                         const FilterParams& params);

/// Whether the node's row says that this resource has been contended for long and still is.
[[nodiscard]] bool over_for_long(const NodeRow& node, Resource resource,
                                 const FilterParams& params);

struct Filtering {
  /// Per candidate, in their order: the resource it is rejected for, or nothing when it is kept.
  std::vector<std::optional<Resource>> rejected;
  bool overridden = false;  ///< some rejections were dropped to keep enough candidates
};

/// Which candidates (positions in `nodes`) to reject for this pod. Unknown nodes (kNoRow), nodes
/// whose report is older than `fresh_seconds`, and candidates of exempt pods (is_exempt) are kept.
/// When fewer than max(1, `min_kept_part`) would remain, only the most contended are rejected;
/// nodes equally contended at that border are all kept, so the answer does not depend on the order.
[[nodiscard]] Filtering filter(const NodeTable& nodes, std::span<const std::uint32_t> candidates,
                               const PodFacts& pod, const Question& question,
                               const FilterParams& params);

/// The text kube-scheduler shows for a rejection. One per resource, without numbers: it aggregates
/// equal texts.
[[nodiscard]] std::string_view rejection_text(Resource resource);

/// DaemonSet pods, system-critical pods and pods that have preempted others are never vetoed.
[[nodiscard]] bool is_exempt(const PodFacts& pod);

/// Of a DaemonSet or system-critical: nothing is said about where it goes.
[[nodiscard]] bool is_of_system(const PodFacts& pod);

}  // namespace kernwise::placement
