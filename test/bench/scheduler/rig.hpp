// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "test/controlplane/cluster.hpp"
#include "test/controlplane/kernwise.hpp"
#include "test/support/live_server.hpp"

/// A real kube-scheduler with one extender after the other, for the benchmark.
namespace kernwise::bench {

[[noreturn]] void give_up(const std::string& why);

/// What a scheduler asks, and by which verb; nothing = no extender.
struct Setup {
  std::string name = {};  ///< also its schedulerName
  std::string url = {};
  std::string verb = {};
  std::vector<std::string> flags = {};  ///< of kube-scheduler
  std::string settings = {};            ///< more lines of its file
};

/// Reports of a cluster without trouble, drawn once with a fixed seed: CPUs of a node are busy for
/// a normally distributed part, mean 35 %, deviation 8 %; one node in twenty has 60 % more.
class Rig {
 public:
  /// `peer` is the program of the extender in Go; empty = none.
  Rig(unsigned nodes, const std::string& peer);

  [[nodiscard]] Setup none() const { return {.name = "none"}; }
  [[nodiscard]] Setup silent() const;  ///< an extender that answers `[]` at once
  [[nodiscard]] Setup ours(const std::string& verb) const;
  [[nodiscard]] std::optional<Setup> go() const;
  /// The orchestrator with that option instead of `Act`.
  void restart_orchestrator(const std::string& mode);

  /// Creates pods, starts the scheduler, and waits until all are bound: node by pod. `seconds`
  /// gets the time between the first and the last.
  std::map<std::string, std::string> place(const Setup& setup, int pods, double& seconds);
  [[nodiscard]] std::string metrics() const;

 private:
  void report();
  void start(const Setup& setup);
  void create_pods(const std::string& scheduler, int pods);
  /// Whether pods are left, or there, by a field selector.
  [[nodiscard]] bool any(const std::string& selector);
  [[nodiscard]] std::map<std::string, std::string> placement();

  std::unique_ptr<test::Cluster> cluster_;
  std::map<std::string, double> busy_;  // part of each node's CPUs
  std::unique_ptr<test::RunningOrchestrator> orchestrator_;
  std::unique_ptr<test::LiveServer> silent_;
  std::optional<demo::Process> peer_;
  std::string peer_url_;
  std::vector<std::string> started_;  // schedulers that the cluster knows
};

}  // namespace kernwise::bench
