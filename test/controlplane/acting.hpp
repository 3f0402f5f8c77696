// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "test/controlplane/kernwise.hpp"
#include "test/controlplane/profilers.hpp"
#include "test/controlplane/require.hpp"

namespace kernwise::test {

/// A write that the API server accepted from one of our replicas, as its audit log has it.
struct AuditedWrite {
  std::string user, verb, resource, name_space, name, subresource;
  bool dry_run = false;
};

/// Orchestrators beside a real control plane, and the profilers of three of its nodes, on which all
/// pods of `NAMESPACE/web` run and are saturated.
class ActingCluster {
 public:
  explicit ActingCluster(Cluster& cluster);

  /// A Deployment of three replicas with the mode and the bounds 1 and 10.
  void deploy(const std::string& name_space, const std::string& mode);
  /// Starts that replica unless it runs; 0 or 1, which chooses the user it is to the API server.
  void start(std::size_t replica);
  [[nodiscard]] demo::Process& process(std::size_t replica) { return running_.at(replica).process; }
  void end(std::size_t replica);
  /// Waits for that, while profilers report once per second to every replica that takes it.
  [[nodiscard]] bool await(std::chrono::seconds longest, const std::function<bool()>& holds);
  void pass(std::chrono::seconds time) {
    static_cast<void>(await(time, [] { return false; }));
  }

  /// That node's containers wait for its CPUs as long as they run and longer, or no more.
  void contend(const std::string& node, bool contended);

  [[nodiscard]] std::string metrics(std::size_t replica);
  [[nodiscard]] bool leads(std::size_t replica);
  /// The replica that leads; waits for one.
  [[nodiscard]] std::size_t leader();
  /// What kube-scheduler would get for three of the nodes.
  [[nodiscard]] std::string scores(std::size_t replica);
  [[nodiscard]] std::string field(const std::string& name_space, const std::string& object,
                                  const std::string& path);
  [[nodiscard]] int replicas(const std::string& name_space) {
    return std::stoi("0" + field(name_space, "deployment/web", "{.spec.replicas}"));
  }
  [[nodiscard]] std::vector<AuditedWrite> writes();

 private:
  struct Pod {
    std::string uid, name, node;
  };
  void look();
  void report();

  Cluster& cluster_;
  ProfilerTokens tokens_;
  std::map<std::string, std::vector<Pod>> pods_;  // of `web`, by namespace
  std::set<std::string> contended_;
  std::map<std::size_t, RunningOrchestrator> running_;
};

}  // namespace kernwise::test
