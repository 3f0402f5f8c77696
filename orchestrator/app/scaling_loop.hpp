// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
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

/// What the cluster says of a workload: how many replicas it should have, how many are ready, and
/// within which bounds its owner wants it.
struct Extent {
  int replicas = 0, ready = 0;
  std::optional<ScalingBounds> bounds = {};
};

/// Where decisions meet a cluster; empty stand-alone, where pods are counted and nothing is
/// written.
struct ClusterHooks {
  std::function<std::optional<Extent>(const std::string& workload)> extent;
  /// What becomes of a change of replicas now.
  std::function<scaling::Outcome(const scaling::Decision&)> propose;
};

/// The scaling loop without its timer: one look at a snapshot, one decision per workload.
class ScalingLoop {
 public:
  ScalingLoop(scaling::Params params, ScalingBounds bounds) : params_(params), bounds_(bounds) {}

  void join(ClusterHooks cluster) { cluster_ = std::move(cluster); }

  /// Decides for every workload and remembers what they need. Gives the decisions that changed.
  std::vector<history::DecisionRecord> tick(const view::Snapshot& snapshot, MonoTime now,
                                            WallTime wall);

  /// What became of a decision that was pending; the record if that is news.
  [[nodiscard]] const history::DecisionRecord* settle(const std::string& workload, int to,
                                                      scaling::Outcome outcome, WallTime wall) {
    return log_.settle(workload, to, std::move(outcome), wall);
  }

  [[nodiscard]] const history::DecisionLog& decisions() const { return log_; }
  [[nodiscard]] view::ProfileLearner& learner() { return learner_; }
  [[nodiscard]] const view::ProfileLearner& learner() const { return learner_; }
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
  ClusterHooks cluster_;
  view::ProfileLearner learner_;
  history::DecisionLog log_;
};

}  // namespace kernwise::orchestrator
