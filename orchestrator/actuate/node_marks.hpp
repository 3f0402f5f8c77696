// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/kube/objects.hpp"
#include "extender/placement/filter.hpp"

/// PURE. Which nodes to mark for schedulers that do not ask us: a soft taint while the kernel
/// reports a contended resource for long, and a touch when a node that /filter rejected has room
/// again.
namespace kernwise::actuate {

/// `kernwise.io/contended=disk:PreferNoSchedule`: a scheduler takes another node when it can.
inline constexpr const char* kContended = "kernwise.io/contended";
inline constexpr const char* kPreferNoSchedule = "PreferNoSchedule";
/// Annotation with the time a node was free again: its change makes kube-scheduler try pods again
/// that were rejected there, which else wait for up to five minutes.
inline constexpr const char* kCooled = "kernwise.io/cooled";

enum class NodeAction : std::uint8_t { taint, untaint, touch };
[[nodiscard]] std::string_view name_of(NodeAction action);

/// A mark that somebody has decided to set or to take away.
struct NodeIntent {
  NodeAction action = NodeAction::touch;
  std::string node;
  std::string resource = {};  ///< of a taint: `disk`
  std::string reason;         ///< low cardinality: `contended`, `cooled`, `no_data`, `switched_off`
  bool operator==(const NodeIntent&) const = default;
};

struct Contended {
  placement::Resource resource;
  double excess;  ///< contention above the hard limit, below 0 while it only has not recovered
};
/// The resource that is over its limit for long, the worst by excess; nothing when none is. With
/// the hysteresis of `placement::windows_over`.
[[nodiscard]] std::optional<Contended> contended_for_long(const placement::NodeRow& row,
                                                          const placement::FilterParams& params);

/// What is known of one node of the cluster.
struct NodeLook {
  std::string name;
  bool has_data = false;  ///< young enough to say anything
  std::optional<Contended> contended = {};
  bool tainted = false;  ///< by us, as the cache of the cluster has it
  bool acts = false;     ///< taints may be written there; else one that is there goes
};
[[nodiscard]] bool is_tainted(const kube::Node& node);

struct MarkRules {
  bool wake = false;       ///< /filter rejects nodes
  double most_part = 0.3;  ///< of all nodes may be tainted at once; a lone node never is
};

/// What must be remembered between two looks; bounded by the nodes of the cluster.
struct MarkMemory {
  std::set<std::string, std::less<>> contended;  ///< at the last look
  std::set<std::string, std::less<>> cooled;     ///< since then free again, and nobody told of it
};

/// What to change now. Nodes tainted already come first within the bound, then the most contended,
/// equal ones by name. At most one intent for a node: taking a taint away wakes as well.
[[nodiscard]] std::vector<NodeIntent> mark(std::span<const NodeLook> nodes, const MarkRules& rules,
                                           MarkMemory& memory);

/// The taints of a node with the change made; nothing when it is made already.
[[nodiscard]] std::optional<std::vector<kube::Taint>> changed(std::vector<kube::Taint> taints,
                                                              const NodeIntent& intent);

}  // namespace kernwise::actuate
