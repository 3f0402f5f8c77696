// SPDX-License-Identifier: Apache-2.0
// In mode Observe a scheduler places every pod as if Kernwise were not there.
#include <map>
#include <sstream>
#include <string>

#include "test/controlplane/kernwise.hpp"
#include "test/controlplane/require.hpp"

namespace kernwise::test {
namespace {

using namespace std::chrono_literals;

constexpr int kPods = 30;

/// One worker and no extender: since 1.35 the same nodes and pods then give the same placement,
/// because ties are broken at random only between nodes that an extender has named.
constexpr const char* kRepeatable =
    "apiVersion: kubescheduler.config.k8s.io/v1\n"
    "kind: KubeSchedulerConfiguration\n"
    "parallelism: 1\n"
    "percentageOfNodesToScore: 100\n"
    "leaderElection: {leaderElect: false}\n"
    "profiles: [{schedulerName: observed}]\n";

/// As scheduler-config/ has it, but patient: a call that times out would prove nothing.
std::string asking(const http::Url& at) {
  return std::string(kRepeatable) + "extenders: [{urlPrefix: \"http://" + at.host + ":" + at.port +
         "\", prioritizeVerb: prioritize, weight: 3, nodeCacheCapable: true, ignorable: true, "
         "httpTimeout: 10s}]\n";
}

/// Pods of different sizes, so that no two nodes stay alike.
std::string pods_manifest() {
  std::string text;
  for (int number = 0; number < kPods; ++number) {
    const std::string digits = std::to_string(number);
    text += "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p";
    text.append(digits).append(
        "}\nspec:\n  schedulerName: observed\n"
        "  containers: [{name: app, image: app, resources: {requests: {cpu: ");
    text.append(std::to_string(100 + number * 37 % 400)).append("m, memory: ");
    text.append(std::to_string(64 + number * 53 % 512)).append("Mi}}}]\n");
  }
  return text;
}

using Placement = std::map<std::string, std::string>;

Placement placement_in(Cluster& cluster, const std::string& space) {
  const auto text =
      cluster.kubectl({"get", "pods", "-n", space, "--field-selector=spec.nodeName!=",
                       "-o=jsonpath={range .items[*]}{.metadata.name} {.spec.nodeName} {end}"});
  require(text);
  Placement placement;
  std::istringstream words(*text);
  for (std::string pod, node; words >> pod >> node;) placement[pod] = node;
  return placement;
}

std::string text_of(const Placement& placement) {
  std::string text;
  for (const auto& [pod, node] : placement) text.append(pod).append(" ").append(node).append("\n");
  return text;
}

/// Where a new scheduler with that configuration puts the pods on the empty cluster.
template <class Meanwhile>
Placement place(Cluster& cluster, const std::string& space, const std::string& config,
                const Meanwhile& meanwhile) {
  require(cluster.make_namespace(space));
  // A streamed list comes through a map: the nodes would be in another order each time.
  require(cluster.start_scheduler(space, config, {"--feature-gates=WatchListClient=false"}));
  require(cluster.kubectl({"create", "-n", space, "-f", "-"}, pods_manifest()));
  Placement placement;
  CHECK(eventually(90s, [&] {
    meanwhile();
    placement = placement_in(cluster, space);
    return placement.size() == kPods;
  }));
  require(cluster.stop(space));
  require(cluster.kubectl({"delete", "pods", "-n", space, "--all", "--force", "--grace-period=0"}));
  return placement;
}

Placement place_with(Cluster& cluster, const std::string& mode) {
  const auto orchestrator = start_orchestrator(cluster.folder(), {"--placement.mode", mode});
  require(orchestrator);
  const auto report = [&] {
    for (const auto& node : node_names(3))
      require(send_report(orchestrator->at.ingest, node_report(node, node == "node-001" ? 0 : .7)));
  };
  report();
  auto placement = place(cluster, "mode-" + std::string(mode == "Act" ? "act" : "observe"),
                         asking(orchestrator->at.scheduler), report);
  const auto metrics = http::fetch(orchestrator->at.api, {.target = "/metrics"});
  require(metrics);
  // It was asked for every pod, whatever it said.
  const std::string effect = mode == "Act" ? "answered" : "observed";
  const std::string counter = "kernwise_extender_decisions_total{outcome=\"" + effect +
                              "\",verb=\"prioritize\"} " + std::to_string(kPods);
  CHECK(metrics->body.find(counter) != std::string::npos);
  return placement;
}

bool breaks_ties_at_random(const Cluster& cluster) {
  return cluster.programs().find("/1.33.") != std::string::npos;
}

}  // namespace

TEST_CASE("observe: every pod goes where it would have gone without us", "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  Cluster& cluster = shared_cluster({.nodes = 3, .scheduler = false});
  if (breaks_ties_at_random(cluster)) SKIP("before 1.35 kube-scheduler breaks ties at random");
  const auto without = place(cluster, "without-us", kRepeatable, [] {});
  CHECK(text_of(place_with(cluster, "Observe")) == text_of(without));
  // What it would have said makes a difference.
  CHECK(text_of(place_with(cluster, "Act")) != text_of(without));
}

}  // namespace kernwise::test
