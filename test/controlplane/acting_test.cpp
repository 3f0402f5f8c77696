// SPDX-License-Identifier: Apache-2.0
// Orchestrators beside a real control plane with a hundred nodes: what they write, who of them
// writes, and what they do while the API server is away.
#include <catch2/generators/catch_generators.hpp>
#include <csignal>
#include <cstdio>
#include <set>

#include "test/controlplane/acting.hpp"

namespace kernwise::test {
namespace {

using namespace std::chrono_literals;

ActingCluster& acting() {
  static ActingCluster cluster(shared_cluster({.nodes = 100, .audit_policy = kAuditWrites}));
  return cluster;
}

/// Writes that took effect on the replicas of `name_space/web`.
std::vector<AuditedWrite> scalings(const std::string& name_space) {
  std::vector<AuditedWrite> found;
  for (AuditedWrite& write : acting().writes()) {
    if (write.name_space != name_space || write.subresource != "scale" || write.dry_run) continue;
    found.push_back(std::move(write));
  }
  return found;
}

/// Each write to the replicas makes a new generation of the Deployment, as `annotated` changes of
/// its annotations do: as many writes as generations means that no version was written twice.
void check_one_writer_per_version(const std::string& name_space, int annotated = 0) {
  const int generation =
      std::stoi(acting().field(name_space, "deployment/web", "{.metadata.generation}"));
  CHECK(scalings(name_space).size() == static_cast<std::size_t>(generation - 1 - annotated));
}

}  // namespace

TEST_CASE("acting: in mode Recommend only the lease, events and reviews are written",
          "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  ActingCluster& cluster = acting();
  cluster.deploy("recommended", "Recommend");
  cluster.start(0);
  CHECK(cluster.leader() == 0);
  CHECK(cluster.await(60s, [&] {
    return cluster.metrics(0).find(R"(outcome="recommended",reason="mode_recommend"})") !=
           std::string::npos;
  }));
  cluster.pass(10s);
  CHECK(cluster.replicas("recommended") == 3);
  const std::set<std::string> allowed{"leases", "events", "tokenreviews"};
  const auto writes = cluster.writes();
  CHECK_FALSE(writes.empty());
  for (const AuditedWrite& write : writes) {
    INFO(write.verb << " " << write.resource << "/" << write.subresource);
    CHECK(allowed.contains(write.resource));
  }
  CHECK(cluster.field("recommended", "events.events.k8s.io", "{.items[*].action}")
            .find("RecommendScaleUp") != std::string::npos);
}

TEST_CASE("acting: in mode Act the Deployment is scaled and its ReplicaSet follows",
          "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  ActingCluster& cluster = acting();
  cluster.start(0);
  cluster.deploy("acted", "Act");
  CHECK(cluster.await(120s, [&] { return cluster.replicas("acted") > 3; }));
  CHECK(cluster.await(120s, [&] { return cluster.replicas("acted") == 10; }));
  CHECK(cluster.await(60s, [&] {
    return cluster.field("acted", "replicasets", "{.items[0].status.readyReplicas}") == "10";
  }));
  check_one_writer_per_version("acted");
  CHECK(cluster.field("acted", "events.events.k8s.io", "{.items[*].action}").find("ScaleUp") !=
        std::string::npos);
  CHECK(cluster.field("acted", "deployment/web",
                      "{.metadata.managedFields[?(@.subresource=='scale')].manager}") ==
        "kernwise");
}

TEST_CASE("acting: beside a HorizontalPodAutoscaler it is a recommendation with an Event",
          "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  ActingCluster& cluster = acting();
  cluster.start(0);
  cluster.deploy("shared", "Recommend");
  require(shared_cluster().kubectl(
      {"create", "-n", "shared", "-f", "-"},
      "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n"
      "  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n  maxReplicas: 5\n"));
  cluster.pass(3s);
  require(shared_cluster().kubectl({"annotate", "deployment/web", "-n", "shared", "--overwrite",
                                    "kernwise.io/scaling-mode=Act"}));
  CHECK(cluster.await(60s, [&] {
    return cluster.field("shared", "events.events.k8s.io", "{.items[*].reason}")
               .find("OwnedByHpa") != std::string::npos;
  }));
  CHECK(scalings("shared").empty());
}

TEST_CASE("acting: a contended node has a soft taint until it has cooled", "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  ActingCluster& cluster = acting();
  cluster.start(0);
  const auto taints = [&] {
    return cluster.field("default", "node/node-001", "{.spec.taints[*].key}");
  };
  const std::string before = taints();
  require(shared_cluster().kubectl(
      {"annotate", "node/node-001", "--overwrite", "kernwise.io/placement-mode=Act"}));
  cluster.contend("node-001", true);
  CHECK(cluster.await(60s,
                      [&] { return taints().find("kernwise.io/contended") != std::string::npos; }));
  CHECK(cluster.field("default", "node/node-001", "{.spec.taints[?(@.value=='cpu')].effect}") ==
        "PreferNoSchedule");
  CHECK(cluster.field("default", "node/node-002", "{.spec.taints[*].key}") == before);
  cluster.contend("node-001", false);
  CHECK(cluster.await(60s, [&] { return taints() == before; }));
  require(shared_cluster().kubectl({"annotate", "node/node-001", "kernwise.io/placement-mode-"}));
}

TEST_CASE("acting: a leader that is killed or stopped is followed within 20 s", "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  ActingCluster& cluster = acting();
  const int signal = GENERATE(SIGKILL, SIGSTOP);
  const std::string name = signal == SIGKILL ? "killed" : "stopped";
  cluster.start(0);
  cluster.start(1);
  const std::size_t old = cluster.leader();
  cluster.pass(6s);  // the other one has caches and reports as well
  cluster.process(old).signal(signal);
  const auto began = Monotonic::now();
  REQUIRE(cluster.await(60s, [&] { return cluster.leads(1 - old); }));
  const Seconds gap = Monotonic::now() - began;
  std::printf("hand-over after the leader was %s: %.1f s\n", name.c_str(), gap.count());
  CHECK(gap <= 20s);
  if (signal == SIGSTOP) cluster.process(old).signal(SIGCONT);
  cluster.deploy(name, "Act");
  CHECK(cluster.await(120s, [&] { return cluster.replicas(name) == 10; }));
  CHECK_FALSE(cluster.leads(old));
  check_one_writer_per_version(name);
  for (const AuditedWrite& write : scalings(name)) {
    CHECK(write.user.ends_with(std::to_string(1 - old)));
  }
  if (signal == SIGKILL) cluster.end(old);
}

TEST_CASE("acting: a minute without the API server costs no score and no wrong write",
          "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  ActingCluster& cluster = acting();
  cluster.start(0);
  const std::size_t leader = cluster.leader();
  cluster.deploy("away", "Recommend");
  cluster.pass(5s);
  require(shared_cluster().kubectl({"annotate", "deployment/web", "-n", "away", "--overwrite",
                                    "kernwise.io/scaling-mode=Act", "kernwise.io/paused=true"}));
  cluster.pass(5s);
  const auto before = cluster.writes().size();
  REQUIRE(cluster.scores(leader) != "[]");
  require(shared_cluster().stop("kube-apiserver"));
  const auto gone = Monotonic::now();
  CHECK(cluster.await(20s, [&] { return !cluster.leads(leader); }));
  while (Monotonic::now() - gone < 60s) {
    cluster.pass(5s);
    INFO(cluster.process(leader).last_words());
    CHECK(cluster.scores(leader) != "[]");
  }
  CHECK(cluster.process(leader).running());
  require(shared_cluster().start("kube-apiserver"));
  const auto back = Monotonic::now();
  CHECK(cluster.writes().size() >= before);
  CHECK(scalings("away").empty());
  require(shared_cluster().kubectl(
      {"annotate", "deployment/web", "-n", "away", "--overwrite", "kernwise.io/paused=false"}));
  CHECK(cluster.await(60s, [&] { return cluster.replicas("away") > 3; }));
  const Seconds recovery = Monotonic::now() - back;
  std::printf("first write after the API server came back: %.1f s\n", recovery.count());
  CHECK(recovery <= 30s);
  check_one_writer_per_version("away", 2);
}

}  // namespace kernwise::test
