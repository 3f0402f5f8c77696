// SPDX-License-Identifier: Apache-2.0
// The whole line: the kernel's counters of the demo's services, the profiler, its report, learned
// profiles, scores, and what a real kube-scheduler makes of them.
#include <cstdio>

#include "test/controlplane/real_nodes.hpp"
#include "test/controlplane/scheduler_config.hpp"
#include "test/support/scenario.hpp"

namespace kernwise::test {
namespace {

/// What an I/O and a CPU pod are worth to the two nodes.
struct Row {
  const char* service;
  const char* wanted;  ///< where it should go
  const char* other;
};

/// One more pod of the service, while the requests on the node it should go to speak against that.
Explained place(RealNodes& nodes, const Row& row) {
  nodes.await_profile(row.service);
  nodes.fill(row.wanted);
  CHECK(nodes.node_without_us() == row.other);
  const auto placed = nodes.place_one_more(row.service);
  const Explained explained = nodes.explained(placed.pod);
  nodes.take_back(row.service, placed.pod);
  nodes.drain(row.wanted);
  std::printf("%s on %s; profile by %s (cpu %.2f, disk %.2f); disk-node %d, cpu-node %d\n",
              row.service, placed.node.c_str(), explained.source.c_str(), explained.cpu,
              explained.disk, explained.scores.at(RealNodes::kDiskNode),
              explained.scores.at(RealNodes::kCpuNode));
  INFO(explained.text);
  CHECK(placed.node == row.wanted);
  CHECK(explained.source == "owner");
  CHECK(explained.scores.at(row.wanted) > explained.scores.at(row.other));
  return explained;
}

}  // namespace

TEST_CASE("real reports: a disk-saturated node is bad for an I/O pod and good for a CPU pod",
          "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  KW_REQUIRE_KERNEL();
  Cluster& cluster = shared_cluster();
  RealNodes nodes(cluster);
  nodes.record_cpu_node();
  nodes.record_disk_node();
  require(cluster.kubectl({"create", "namespace", "kernwise"}));  // the shipped file's Lease
  const auto config = shipped_config(
      "second-scheduler.yaml", "http://" + nodes.scheduler().host + ":" + nodes.scheduler().port);
  require(config);
  require(cluster.start_scheduler("kernwise-scheduler", *config));
  const Explained io = place(nodes, {"svc-io", RealNodes::kCpuNode, RealNodes::kDiskNode});
  const Explained cpu = place(nodes, {"svc-cpu", RealNodes::kDiskNode, RealNodes::kCpuNode});
  CHECK(io.disk > .5);
  CHECK(cpu.cpu > .5);
  // Worse than no opinion for the one, and the same node better for the other.
  CHECK(io.scores.at(RealNodes::kDiskNode) < 5);
  CHECK(cpu.scores.at(RealNodes::kDiskNode) > io.scores.at(RealNodes::kDiskNode));
}

}  // namespace kernwise::test
