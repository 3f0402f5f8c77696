// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/api/routes.hpp"
#include "orchestrator/api/sources.hpp"
#include "orchestrator/app/actuator.hpp"
#include "orchestrator/app/config.hpp"
#include "orchestrator/app/past_reader.hpp"
#include "orchestrator/app/regret.hpp"
#include "orchestrator/app/scaling_loop.hpp"
#include "orchestrator/cluster/pod_moves.hpp"
#include "orchestrator/history/store.hpp"
#include "orchestrator/ingest/pods_file.hpp"
#include "orchestrator/view/reducer.hpp"

namespace kernwise::orchestrator {

/// The state of the program and what happens to it, without threads, sockets or clocks. Everything
/// but `view()` and `registry()` belongs to one thread.
class Core {
 public:
  Core(const Config& config, std::unique_ptr<history::Store> store);

  /// Decisions come true through `actuator` from now on, which must outlive the last of them.
  void join(Actuator& actuator);
  /// What became of a change of replicas that was pending.
  void settled(const actuate::Intent& intent, const scaling::Outcome& outcome, api::Now now);

  /// A report has arrived. The view changes at once, or within `publish` at many nodes.
  view::Admission accept(report::Report report, const std::string& address, api::Now now);
  [[nodiscard]] report::Reply reply(const std::string& node,
                                    const std::vector<report::NameRequest>& wanted) const;
  /// The node of the pod with that UID, when it is known.
  [[nodiscard]] std::optional<std::string> node_of_pod(const std::string& uid) const;
  void count_report(std::string_view result);
  /// The scheduler was answered.
  void record(history::PlacementRecord record, MonoTime now);

  /// Takes up the profiles that were kept before the last end.
  void remember_profiles(api::Now now);
  /// Keeps what was learned. Every five minutes, and at the end.
  void keep_profiles(api::Now now);

  /// Prometheus was asked what workloads needed before. What is known already stays where it gave
  /// no answer.
  void take_past(PastReading reading, api::Now now);

  /// Looks at the pods file. The error names what is wrong with a new version of it; the names
  /// before stay in force.
  [[nodiscard]] Result<> refresh_pods();
  /// Names of the cluster: these nodes' pods are called otherwise than before.
  void rename(std::shared_ptr<const view::NameBook> names, const std::set<std::string>& nodes);
  /// Pods came to nodes, leave them, are gone.
  void move(const std::vector<cluster::PodMove>& moves, api::Now now);
  /// Once per second: names, nodes that are gone.
  void tidy(api::Now now);
  /// Once per `scaling.interval`.
  void scale(api::Now now);
  /// Lets everybody see what has changed. Ten times per second.
  void publish(api::Now now);

  [[nodiscard]] const view::Published& view() const { return view_; }
  /// Set by the scheduler's listener while it has more to answer than it can.
  [[nodiscard]] const std::shared_ptr<std::atomic<bool>>& overloaded() const { return overloaded_; }
  [[nodiscard]] metrics::Registry& registry() { return registry_; }
  [[nodiscard]] api::Sources sources();

 private:
  void remember(const view::NodeState& node);
  void tell(const history::DecisionRecord& record, api::Now now);

  view::Reducer reducer_;
  view::Published view_;
  placement::ScoreParams score_;
  bool pending_;  ///< pods on their way count
  ScalingLoop loop_;
  ingest::PodsFile pods_file_;
  bool has_pods_file_ = false;
  history::PlacementLog placements_;
  Regret regret_;
  std::unique_ptr<history::Store> store_;
  metrics::Registry registry_;
  Actuator* actuator_ = nullptr;
  std::shared_ptr<std::atomic<bool>> overloaded_ = std::make_shared<std::atomic<bool>>(false);
  MonoTime published_, complained_, kept_;
};

}  // namespace kernwise::orchestrator
