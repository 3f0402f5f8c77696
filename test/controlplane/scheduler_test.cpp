// SPDX-License-Identifier: Apache-2.0
// A real kube-scheduler asks our orchestrator and does what it says.
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "test/controlplane/kernwise.hpp"
#include "test/controlplane/require.hpp"
#include "test/controlplane/scheduler_config.hpp"

namespace kernwise::test {
namespace {

using namespace std::chrono_literals;

constexpr double kQuiet = .02, kCrowded = .6;
constexpr int kPods = 10;

/// Pods that no controller owns: nothing spreads them but what the extender says.
std::string pods_manifest(const std::string& prefix, const std::string& scheduler) {
  const std::string begin =
      "---\napiVersion: v1\nkind: Pod\nmetadata: {labels: {batch: " + prefix + "}, name: " + prefix;
  const std::string rest =
      "}\nspec:\n  schedulerName: " + scheduler +
      "\n  containers: [{name: app, image: app, resources: {requests: {cpu: 100m}}}]\n";
  std::string text;
  for (int number = 0; number < kPods; ++number)
    text.append(begin).append(std::to_string(number)).append(rest);
  return text;
}

/// How many pods of the batch each node has.
std::map<std::string, int> nodes_of(Cluster& cluster, const std::string& space,
                                    const std::string& batch) {
  const auto text = cluster.kubectl({"get", "pods", "-n", space, "-l", "batch=" + batch,
                                     "-o=jsonpath={.items[*].spec.nodeName}"});
  require(text);
  std::map<std::string, int> counts;
  std::istringstream words(*text);
  for (std::string node; words >> node;) ++counts[node];
  return counts;
}

int total(const std::map<std::string, int>& counts) {
  int sum = 0;
  for (const auto& [node, count] : counts) sum += count;
  return sum;
}

struct Wiring {
  std::string file, scheduler;  ///< of scheduler-config/, and the schedulerName it serves
  std::vector<std::string> arguments = {};
};

/// Each shipped configuration on the same cluster, in a namespace of its own.
struct Placing {
  Placing(const Wiring& wiring, const std::string& own_namespace)
      : cluster(shared_cluster({.nodes = 3, .scheduler = false})),
        space(own_namespace),
        name("scheduler-of-" + own_namespace),
        orchestrator(started(wiring.arguments)) {
    require(cluster.make_namespace(space));
    // The shipped files keep their Lease there.
    (void)cluster.kubectl({"create", "namespace", "kernwise"});
    const auto& at = orchestrator.at.scheduler;
    const auto config = shipped_config(wiring.file, "http://" + at.host + ":" + at.port);
    require(config);
    require(cluster.start_scheduler(name, *config));
  }
  ~Placing() { (void)cluster.stop(name); }
  Placing(const Placing&) = delete;
  Placing& operator=(const Placing&) = delete;

  RunningOrchestrator started(const std::vector<std::string>& arguments) const {
    auto running = start_orchestrator(cluster.folder(), arguments);
    require(running);
    return std::move(*running);
  }

  /// Every node reports once; all but `quiet` are crowded.
  void report(const std::string& quiet) const {
    for (const auto& node : node_names(3))
      require(send_report(orchestrator.at.ingest,
                          node_report(node, node == quiet ? kQuiet : kCrowded)));
  }

  /// Where the pods of a new batch went while only `quiet` had idle CPUs.
  std::map<std::string, int> place(const std::string& batch, const std::string& quiet,
                                   const std::string& scheduler) const {
    report(quiet);
    require(cluster.kubectl({"create", "-n", space, "-f", "-"}, pods_manifest(batch, scheduler)));
    std::map<std::string, int> counts;
    INFO(cluster.folder());
    CHECK(eventually(90s, [&] {
      report(quiet);
      counts = nodes_of(cluster, space, batch);
      return total(counts) == kPods;
    }));
    return counts;
  }

  Cluster& cluster;
  std::string space, name;
  RunningOrchestrator orchestrator;
};

}  // namespace

TEST_CASE("kube-scheduler: pods go to the node that our score prefers, by each shipped file",
          "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  const auto wiring =
      GENERATE(Wiring{.file = "second-scheduler.yaml", .scheduler = "kernwise-scheduler"},
               Wiring{.file = "second-scheduler-with-filter.yaml",
                      .scheduler = "kernwise-scheduler",
                      .arguments = {"--placement.filter=true"}},
               Wiring{.file = "default-scheduler-patch.yaml", .scheduler = "default-scheduler"});
  CAPTURE(wiring.file);
  const Placing placing(wiring, wiring.file.substr(0, wiring.file.find('.')));
  using Counts = std::map<std::string, int>;
  CHECK(placing.place("first", "node-001", wiring.scheduler) == Counts{{"node-001", kPods}});
  // It is the data that moves them, not the order of the nodes.
  CHECK(placing.place("second", "node-002", wiring.scheduler) == Counts{{"node-002", kPods}});
}

}  // namespace kernwise::test
