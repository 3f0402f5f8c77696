// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "test/controlplane/kernwise.hpp"
#include "test/controlplane/profilers.hpp"
#include "test/controlplane/require.hpp"

namespace kernwise::test {

/// One way to place the burst.
struct BurstPlan {
  std::string name;                         ///< also the namespace
  std::string verb = "prioritize";          ///< empty = without an extender
  std::vector<std::string> arguments = {};  ///< of the orchestrator
};

struct BurstOutcome {
  int bound = 0;
  double highest = 0, mean = 0;  ///< use / capacity of the nodes when all pods run
  int hot = 0;                   ///< nodes above 80 %
  double seconds = 0;            ///< from the first pod created to the last one bound
};
[[nodiscard]] std::string text_of(const BurstPlan& plan, const BurstOutcome& outcome);

/// A burst of 600 pods over 100 nodes of 32 cores, while everything that is known of a node is 15 s
/// old: each node reports every two seconds what it was like 15 s before. Drawn once, with a fixed
/// seed:
///   use of a node before the burst   uniform, 5 to 55 % (nobody requested it)
///   request of a pod                 uniform, 250 to 2,400 mCPU
///   use of a pod                     uniform, 0.5 to 2.1 cores; independent of the request, which
///                                    is all that a scheduler can know of it
class Burst {
 public:
  static constexpr int kPods = 600;
  static constexpr unsigned kNodes = 100;

  /// `cluster` has kNodes nodes and no scheduler.
  explicit Burst(Cluster& cluster);
  /// Places all pods, looks where they are and takes them away.
  [[nodiscard]] BurstOutcome place(const BurstPlan& plan);

 private:
  struct Pod {
    double use = 0;
    int request_milli = 0;
    std::string uid = {}, node = {};
    MonoTime bound = {};
  };
  void create_pods(const std::string& name_space, int first, int count);
  /// True when all are bound.
  bool look(const std::string& name_space);
  void report(const http::Url& ingest);
  [[nodiscard]] report::Report report_of(const std::string& node, MonoTime as_of) const;
  void begin(const BurstPlan& plan, const RunningOrchestrator& orchestrator);
  [[nodiscard]] BurstOutcome outcome() const;

  Cluster& cluster_;
  ProfilerTokens tokens_;
  std::map<std::string, double> base_;  // cores used before the burst, by node
  std::vector<Pod> pods_;               // pod-0, pod-1, ...
};

}  // namespace kernwise::test
