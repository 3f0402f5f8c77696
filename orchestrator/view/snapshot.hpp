// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/report/report.hpp"
#include "extender/placement/node_table.hpp"
#include "extender/placement/profile.hpp"
#include "orchestrator/view/name_book.hpp"

/// Everything known at one moment: immutable, numbered, shared by all who decide.
namespace kernwise::view {

/// The containers of one pod, added up.
struct Pod {
  std::string uid;  ///< empty for cgroups that are not Kubernetes pods
  std::string pod_namespace, name;
  std::string workload;  ///< `namespace/Kind/name`
  std::string node;
  std::string app, image;                ///< empty when not known
  std::vector<std::string> addresses;    ///< empty when not known
  bool ignored = false;                  ///< somebody wants no decisions about it
  std::optional<std::int64_t> priority;  ///< none when not known
  std::optional<double> request, limit;  ///< cores
  std::vector<std::size_t> containers;   ///< positions in the node's report
  WaitShares shares;
  double behind_others = 0;
  Verdict verdict = Verdict::unknown;  ///< of the container that does and waits most
  double confidence = 0;
  std::vector<std::string> evidence;
  double requests_per_second = 0, completed_per_second = 0, in_flight = 0;
  std::uint64_t memory_bytes = 0;
};

/// What one node said last, and what follows from it. Nothing else changes it.
struct NodeState {
  std::string name;
  std::string address;  ///< where its reports come from
  MonoTime received;
  WallTime received_at;
  report::Report report;   ///< with names joined
  std::vector<Pod> pods;   ///< sorted by namespace and name
  placement::NodeRow row;  ///< age 0: that of the report when it came

  [[nodiscard]] double age_seconds(MonoTime now) const;
  /// Data older than three of its windows decides nothing.
  [[nodiscard]] bool fresh(MonoTime now) const;
  [[nodiscard]] double window_seconds() const;
};

using Nodes = std::map<std::string, std::shared_ptr<const NodeState>, std::less<>>;

using Uids = std::set<std::string, std::less<>>;

struct Snapshot {
  std::uint64_t number = 0;
  MonoTime made;
  WallTime made_at;
  MonoTime begun;             ///< when the view was
  double longest_window = 5;  ///< seconds, of its nodes
  Nodes nodes;
  std::shared_ptr<const NameBook> names = std::make_shared<const NameBook>();
  /// Ages as of `made`. Never null.
  std::shared_ptr<const placement::NodeTable> table =
      std::make_shared<const placement::NodeTable>();
  /// UIDs of the pods on their way: bound, and in the table as `pending`. Never null.
  std::shared_ptr<const Uids> bound = std::make_shared<const Uids>();
  std::shared_ptr<const placement::ProfileBook> profiles =
      std::make_shared<const placement::PriorBook>();

  /// How many reports of every node the view has waited for.
  [[nodiscard]] double windows_since_start(MonoTime now) const {
    return Seconds(now - begun).count() / longest_window;
  }
};

/// The verdict of a pod now: `unknown` once its node's data is too old.
[[nodiscard]] Verdict verdict_of(const Pod& pod, const NodeState& node, MonoTime now);

/// The newest snapshot, for every thread. Reading it is one atomic operation.
class Published {
 public:
  [[nodiscard]] std::shared_ptr<const Snapshot> load() const { return current_.load(); }
  void store(std::shared_ptr<const Snapshot> snapshot) { current_.store(std::move(snapshot)); }

 private:
  std::atomic<std::shared_ptr<const Snapshot>> current_ = std::make_shared<const Snapshot>();
};

}  // namespace kernwise::view
