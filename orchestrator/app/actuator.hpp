// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "common/kube/elector.hpp"
#include "common/kube/event_recorder.hpp"
#include "common/metrics/registry.hpp"
#include "orchestrator/actuate/gate.hpp"
#include "orchestrator/app/node_marker.hpp"
#include "orchestrator/app/scaling_loop.hpp"
#include "orchestrator/cluster/stores.hpp"
#include "orchestrator/history/decisions.hpp"

namespace kernwise::orchestrator {

/// Makes decisions come true on a cluster: who leads, the gate, and the Events that tell of it. One
/// thread, that of the client.
class Actuator {
 public:
  struct Options {
    kube::LeaseName lease;
    std::string pod;  ///< name of ours
    actuate::Rules rules = {};
    actuate::Paces paces = {};
    NodeMarker::Options marks = {};
  };
  struct Ports {
    kube::KubeClient& client;
    const cluster::Stores& stores;
    std::function<actuate::ApiFacts(MonoTime now)> api;
    const view::Published& view;
    metrics::Registry& registry;
    /// What became of a change that was pending.
    std::function<void(const actuate::Intent&, const scaling::Outcome&)> settled;
    std::function<MonoTime()> clock = Monotonic::now;
    /// Set while there is more to answer than we can; null = never.
    std::shared_ptr<const std::atomic<bool>> overloaded = nullptr;
  };
  Actuator(const Options& options, Ports ports);

  /// Several times per second.
  void tick(WallTime wall);
  /// What becomes of a change of replicas now.
  [[nodiscard]] scaling::Outcome propose(const scaling::Decision& decision);
  [[nodiscard]] std::optional<Extent> extent(const std::string& workload) const;
  /// Counts what became of a decision and tells it, once per change.
  void announce(const history::DecisionRecord& record, WallTime wall);
  /// Tells something else that happened; only the leader does.
  void tell(kube::Event event, WallTime wall) {
    if (leading()) events_.note(std::move(event), wall);
  }
  void change(const actuate::Rules& rules);

  [[nodiscard]] bool leading() const { return elector_.leading(); }
  /// No write begins any more; `tick` gives the lease back.
  void stop() { elector_.stop(); }
  /// Nothing is left to do after `stop`.
  [[nodiscard]] bool stopped() const { return elector_.election().stopped(); }

 private:
  [[nodiscard]] actuate::Facts facts(const std::string& workload, MonoTime now) const;
  [[nodiscard]] actuate::Gate::Ports gate_ports();
  [[nodiscard]] NodeMarker::Ports marker_ports();
  [[nodiscard]] actuate::NodeTarget node_target(const std::string& node) const;
  void count_write(const char* of, const scaling::Outcome& outcome);
  void count_events();

  Ports ports_;
  actuate::Rules rules_;
  kube::Elector elector_;
  kube::EventRecorder events_;
  actuate::Gate gate_;
  NodeMarker marker_;
  std::optional<MonoTime> marked_;
  WallTime wall_;
  kube::EventCounts counted_;
};

}  // namespace kernwise::orchestrator
