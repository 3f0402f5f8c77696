// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "orchestrator/dependencies/root.hpp"
#include "orchestrator/history/decisions.hpp"
#include "orchestrator/scaling/decide.hpp"
#include "orchestrator/view/profiles.hpp"

namespace kernwise::orchestrator {

struct ScalingBounds {
  int min_replicas = 1, max_replicas = 10;
};

/// The scaling loop without its timer: one look at a snapshot, one decision per workload. It
/// recommends; nothing is written anywhere.
class ScalingLoop {
 public:
  ScalingLoop(scaling::Params params, ScalingBounds bounds) : params_(params), bounds_(bounds) {}

  /// Decides for every workload and remembers what they need. Gives the decisions that changed.
  std::vector<history::DecisionRecord> tick(const view::Snapshot& snapshot, MonoTime now,
                                            WallTime wall);

  [[nodiscard]] const history::DecisionLog& decisions() const { return log_; }
  /// What placement may assume of each workload now.
  [[nodiscard]] std::shared_ptr<const view::LearnedBook> profiles() const {
    return learner_.book();
  }

 private:
  /// What one tick looks at.
  struct Look {
    view::Workloads workloads;
    std::vector<dependencies::Edge> edges;
    dependencies::Saturation saturation;
  };
  [[nodiscard]] Look look_at(const view::Snapshot& snapshot, MonoTime now) const;
  [[nodiscard]] scaling::WorkloadState state_of(const view::Workload& workload,
                                                const Look& look) const;
  [[nodiscard]] scaling::Decision decide(const view::Workload& workload, const Look& look) const;

  scaling::Params params_;
  ScalingBounds bounds_;
  view::ProfileLearner learner_;
  history::DecisionLog log_;
};

}  // namespace kernwise::orchestrator
