// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/kube/client.hpp"
#include "orchestrator/actuate/judge.hpp"
#include "orchestrator/actuate/judge_node.hpp"
#include "orchestrator/actuate/pace.hpp"
#include "orchestrator/scaling/outcome.hpp"

namespace kernwise::actuate {

using scaling::Outcome;

/// Every write to a workload or a node goes through here: judged, tried by the server without
/// effect, judged again, then written with the resource version it was judged for. A conflict is
/// not tried again: the next look at the cluster decides anew. One thread: the client's.
class Gate {
 public:
  struct Ports {
    kube::KubeClient& client;
    /// Everything about a workload but `pace`; without a target when it is empty.
    std::function<Facts(const std::string& workload, MonoTime now)> facts;
    /// A write that was pending is done; also called with `held` when something changed meanwhile.
    std::function<void(const Intent&, const Outcome&)> settled;
    std::function<NodeTarget(const std::string& node)> node = {};
    std::function<void(const NodeIntent&, const Outcome&)> node_settled = {};
    /// What a touch writes: the time, for people.
    std::function<std::string()> stamp = {};
    std::function<MonoTime()> clock = Monotonic::now;
  };
  Gate(Ports ports, Rules rules, const Paces& paces = {});
  /// What has no answer yet is not waited for.
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// What becomes of it now; `pending` when a write begins or is underway.
  [[nodiscard]] Outcome propose(const Intent& intent);
  [[nodiscard]] Outcome propose(const NodeIntent& intent);
  /// Other rules from now on; what is underway is judged by them as well.
  void change(const Rules& rules);
  /// Writes without an answer.
  [[nodiscard]] std::size_t underway() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace kernwise::actuate
