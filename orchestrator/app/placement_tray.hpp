// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "common/base/clock.hpp"
#include "common/metrics/registry.hpp"
#include "extender/protocol/service.hpp"
#include "orchestrator/app/handover.hpp"
#include "orchestrator/history/placements.hpp"

namespace kernwise::orchestrator {

/// Answers to the scheduler on their way from its thread to the ring of the other one.
class PlacementTray {
 public:
  explicit PlacementTray(metrics::Registry& registry) : registry_(registry) {}

  /// Counts an answer and lays its record down; costs the scheduler's thread no lock and wakes
  /// nobody. Where the other thread is that far behind, the record is dropped and counted.
  void put(const char* verb, protocol::Outcome&& outcome, WallTime time);

  /// Calls `take(PlacementRecord)` for each record, oldest first, on the other thread.
  template <class Take>
  void drain(Take take) {
    slips_.drain([&take](Slip&& slip) {
      take(history::placement_record(slip.verb, std::move(slip.outcome), slip.time));
    });
  }

 private:
  struct Slip {
    const char* verb = "";
    protocol::Outcome outcome = {};
    WallTime time = {};
  };
  struct Count {
    const char* verb = "";
    protocol::Effect effect = {};
    metrics::Counter counter = {};
  };
  [[nodiscard]] const metrics::Counter& counter_of(const char* verb, protocol::Effect effect);

  metrics::Registry& registry_;
  std::vector<Count> counts_;  // at most one per verb and effect
  Handover<Slip, 512> slips_;  // a quarter of a second of what one kube-scheduler can ask
};

}  // namespace kernwise::orchestrator
