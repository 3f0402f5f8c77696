// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/kube/events.hpp"
#include "common/metrics/registry.hpp"
#include "extender/placement/filter.hpp"
#include "orchestrator/actuate/gate.hpp"
#include "orchestrator/cluster/stores.hpp"
#include "orchestrator/view/snapshot.hpp"

namespace kernwise::orchestrator {

/// Marks nodes: soft taints where one is contended for long, a touch where /filter will take pods
/// again. Every write through the gate. One thread, that of the client.
class NodeMarker {
 public:
  struct Options {
    actuate::MarkRules rules = {};
    placement::FilterParams filter = {};
  };
  struct Ports {
    const cluster::Stores& stores;
    metrics::Registry& registry;
    std::function<actuate::Outcome(const actuate::NodeIntent&)> propose;
    /// An Event at its Node.
    std::function<void(kube::Event)> tell;
  };
  NodeMarker(const Options& options, Ports ports) : options_(options), ports_(std::move(ports)) {}

  /// Once per second.
  void tick(const view::Snapshot& snapshot, const actuate::Rules& rules, MonoTime now);
  /// What became of a write that was pending.
  void settled(const actuate::NodeIntent& intent, const actuate::Outcome& outcome);

 private:
  [[nodiscard]] actuate::NodeLook look(const kube::Node& node, const view::Snapshot& snapshot,
                                       const actuate::Rules& rules, MonoTime now) const;
  void note(const actuate::NodeIntent& intent, const actuate::Outcome& outcome);

  Options options_;
  Ports ports_;
  actuate::MarkMemory memory_;
  /// What became of the newest intent for each node, so that it is told once.
  std::map<std::string, std::pair<actuate::NodeAction, actuate::Outcome>, std::less<>> noted_;
};

}  // namespace kernwise::orchestrator
