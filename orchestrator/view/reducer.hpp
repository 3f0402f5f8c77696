// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "extender/pending/bound.hpp"
#include "orchestrator/view/names.hpp"
#include "orchestrator/view/node_memory.hpp"
#include "orchestrator/view/snapshot.hpp"

namespace kernwise::view {

/// When and from where a report came.
struct Arrival {
  MonoTime at;
  WallTime at_wall;
  std::string address;  ///< of the sender
};

/// What became of a report.
enum class Admission : std::uint8_t {
  accepted,
  repeated,  ///< this one was taken already (a retry after a lost answer)
  outdated,  ///< a newer one of the same node was taken
  full,      ///< a new node beyond the bound
};
[[nodiscard]] std::string_view name_of(Admission admission);

struct Bounds {
  std::size_t nodes = 10'000;
  std::chrono::minutes forget_after{60};
};

/// Turns events into state. One thread; readers get snapshots.
class Reducer {
 public:
  explicit Reducer(Bounds bounds = {}, placement::FilterParams filter = {});

  /// A report: only the part of the node that it names changes. A new boot id starts the node anew;
  /// so does a sequence that begins again (at 0 or 1, or after three windows of silence): the
  /// profiler was restarted.
  Admission accept(report::Report report, const Arrival& arrival);
  /// Other names for the pods: of the nodes' parts only names change.
  void rename(std::shared_ptr<const NameBook> names);
  /// The same where only these nodes' pods are called otherwise than before.
  void rename(std::shared_ptr<const NameBook> names, const std::set<std::string>& nodes);
  /// Pods on their way: what is bound to a node counts there until its reports show it, and what
  /// leaves is taken off while they still do.
  void pod_bound(const placement::PodFacts& pod, MonoTime now);
  void pod_leaves(const std::string& uid, const std::string& node, MonoTime now);
  void pod_gone(std::string_view uid);
  /// Learned profiles for the snapshots from now on.
  void learn(std::shared_ptr<const placement::ProfileBook> profiles);
  /// Nodes that were silent for too long are no longer part of the view, and pods that no report
  /// ever showed are no longer on their way.
  void forget(MonoTime now);

  /// The state now. The number grows with every change since the last one.
  [[nodiscard]] std::shared_ptr<const Snapshot> snapshot(MonoTime now, WallTime wall);
  [[nodiscard]] const NameBook& names() const { return *names_; }
  /// A node's part as of now, or nullptr; valid until the next event.
  [[nodiscard]] const NodeState* find(std::string_view node) const;
  [[nodiscard]] bool changed() const { return changed_; }

 private:
  [[nodiscard]] Admission judge(const report::Report& report, const NodeState& known,
                                MonoTime now) const;
  [[nodiscard]] std::shared_ptr<NodeState> state_of(report::Report report,
                                                    const Arrival& arrival) const;
  void join_anew(std::shared_ptr<const NodeState>& node) const;

  Bounds bounds_;
  placement::FilterParams filter_;
  std::shared_ptr<const NameBook> names_ = std::make_shared<const NameBook>();
  std::shared_ptr<const placement::ProfileBook> profiles_;
  Nodes nodes_;
  std::map<std::string, NodeMemory, std::less<>> memories_;
  pending::Bound bound_;
  std::uint64_t number_ = 0;
  std::optional<MonoTime> begun_;
  bool changed_ = true;
};

}  // namespace kernwise::view
