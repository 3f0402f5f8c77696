// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "test/controlplane/kernwise.hpp"
#include "test/controlplane/profilers.hpp"
#include "test/controlplane/require.hpp"
#include "test/demo/cgroups.hpp"
#include "test/demo/process.hpp"
#include "test/demo/scratch.hpp"

namespace kernwise::test {

/// What was said of a pod's placement: the scores by node, and the profile they were made with.
struct Explained {
  std::map<std::string, int> scores;
  std::string source;        ///< of the profile
  double cpu = 0, disk = 0;  ///< its mix
  std::string text;          ///< the whole answer
};

/// A cluster of two nodes, both of them this machine: as the profiler saw it, with the demo's
/// services in cgroups that carry the UIDs of the cluster's pods,
///   cpu-node   while svc-cpu wanted every CPU twice
///   disk-node  while svc-io kept the disk busy, and there were CPUs to spare
/// Each report is the profiler's own; the last one of each is sent again and again from then on, as
/// of machines that are still like that, so that it does not matter what this one does meanwhile.
class RealNodes {
 public:
  static constexpr const char* kCpuNode = "cpu-node";
  static constexpr const char* kDiskNode = "disk-node";
  static constexpr const char* kSpace = "demo";

  /// `cluster` has no nodes yet. Starts the orchestrator.
  explicit RealNodes(Cluster& cluster);

  /// Runs the services on a node until a window is as described above, which fails the test when
  /// there is none: a machine that has other things to do may have no CPUs to spare.
  void record_cpu_node();
  void record_disk_node();

  /// Until the orchestrator has learned what the service's pods need.
  void await_profile(const std::string& service);

  /// Makes the requests on that node larger than on the other one: without us a pod goes there.
  void fill(const std::string& node);
  void drain(const std::string& node);
  /// Where a pod like those of the services goes that asks the default scheduler.
  [[nodiscard]] std::string node_without_us();
  /// Where one more pod of the Deployment goes, and its name.
  struct Placed {
    std::string pod, node;
  };
  [[nodiscard]] Placed place_one_more(const std::string& service);
  void take_back(const std::string& service, const std::string& pod);
  [[nodiscard]] Explained explained(const std::string& pod);

  [[nodiscard]] const http::Url& scheduler() const { return orchestrator_->at.scheduler; }

 private:
  /// What is missing in a report; empty = it is the one.
  using Wanted = std::function<std::string(const report::Report&)>;
  void record(const std::string& node, std::chrono::seconds longest, const Wanted& wanted);
  /// Waits, while recorded nodes report.
  [[nodiscard]] bool await(std::chrono::seconds longest, const std::function<bool()>& holds);
  void deploy(const std::string& service, std::size_t replicas, const std::string& node);
  [[nodiscard]] std::vector<std::string> fields(const std::string& service,
                                                const std::string& path);
  [[nodiscard]] std::string cgroup_of(const std::string& uid);
  void start(const std::string& program, const std::vector<std::string>& arguments,
             const std::string& cgroup);
  void report();

  Cluster& cluster_;
  demo::Scratch scratch_;
  demo::CgroupTree cgroups_;
  ProfilerTokens tokens_;
  std::optional<RunningOrchestrator> orchestrator_;
  std::map<std::string, report::Report> recorded_;  // by node
  std::vector<demo::Process> running_;              // in the order of their start
};

}  // namespace kernwise::test
