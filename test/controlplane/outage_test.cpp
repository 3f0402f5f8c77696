// SPDX-License-Identifier: Apache-2.0
// A real kube-scheduler whose extender is gone, hangs or talks nonsense: every pod is still placed.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string>

#include "common/base/clock.hpp"
#include "test/controlplane/garbage_server.hpp"
#include "test/controlplane/kernwise.hpp"
#include "test/controlplane/require.hpp"
#include "test/controlplane/scheduler_config.hpp"

namespace kernwise::test {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kNodes = 20;
constexpr std::size_t kPods = 1'000;

std::string deployment(const std::string& name, std::size_t replicas) {
  return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name +
         "}\nspec:\n  replicas: " + std::to_string(replicas) +
         "\n  selector: {matchLabels: {app: " + name +
         "}}\n  template:\n    metadata: {labels: {app: " + name +
         "}}\n    spec:\n      schedulerName: kernwise-scheduler\n"
         "      containers: [{name: app, image: app}]\n";
}

std::string url_of(const http::Url& at) {
  return "http://" + at.host + ":" + at.port;
}

/// A cluster whose scheduler asks an extender.
class Scheduling {
 public:
  Scheduling() : cluster_(up()) { require(cluster_->make_namespace("kernwise")); }

  /// `file` of scheduler-config/, with the extender at `url`.
  void ask(const std::string& file, const std::string& url) {
    const auto config = shipped_config(file, url);
    require(config);
    require(cluster_->start_scheduler("kernwise-scheduler", *config));
  }
  void create(const std::string& name, std::size_t replicas) {
    require(cluster_->kubectl({"create", "-f", "-"}, deployment(name, replicas)));
  }
  /// How many pods of the Deployment have a node.
  std::size_t scheduled(const std::string& name) {
    const auto names = cluster_->kubectl(
        {"get", "pods", "-l", "app=" + name, "-o", "name", "--field-selector=spec.nodeName!="});
    require(names);
    return static_cast<std::size_t>(std::ranges::count(*names, '\n'));
  }
  /// Waits until `wanted` pods have one; gives how many did.
  std::size_t await(const std::string& name, std::size_t wanted, std::chrono::seconds longest) {
    std::size_t seen = 0;
    (void)eventually(longest, [&] { return (seen = scheduled(name)) >= wanted; });
    return seen;
  }
  /// As `await` for a thousand pods, and prints how long it took.
  std::size_t await_all(const std::string& what, std::chrono::seconds longest) {
    const auto begin = Monotonic::now();
    const std::size_t seen = await("burst", kPods, longest);
    const Seconds spent = Monotonic::now() - begin;
    std::printf("%zu of %zu pods scheduled in %.1f s: %s\n", seen, kPods, spent.count(),
                what.c_str());
    return seen;
  }
  [[nodiscard]] Cluster& cluster() { return *cluster_; }

 private:
  static std::unique_ptr<Cluster> up() {
    auto cluster = Cluster::up({.nodes = kNodes, .scheduler = false});
    require(cluster);
    return std::move(*cluster);
  }
  std::unique_ptr<Cluster> cluster_;
};

/// The orchestrator with fresh reports of all nodes, already asked by the scheduler.
RunningOrchestrator working_orchestrator(Scheduling& scheduling, const std::string& file) {
  auto running = start_orchestrator(scheduling.cluster().folder(), {"--placement.filter=true"});
  require(running);
  const auto report_all = [&] {
    for (const auto& node : node_names(kNodes))
      require(send_report(running->at.ingest, node_report(node, .1)));
  };
  report_all();
  scheduling.ask(file, url_of(running->at.scheduler));
  scheduling.create("before", 20);
  CHECK(eventually(120s, [&] {
    report_all();
    return scheduling.scheduled("before") == 20;
  }));
  const auto metrics = http::fetch(running->at.api, {.target = "/metrics"});
  require(metrics);
  const std::string counter =
      R"(kernwise_extender_decisions_total{outcome="answered",verb="prioritize"})";
  CHECK(metrics->body.find(counter) != std::string::npos);
  return std::move(*running);
}

/// Well-formed answers to prioritize that no orchestrator should give.
std::vector<std::string> wrong_scores() {
  std::vector<std::string> answers = broken_http();
  for (const char* body :
       {"{}", "null", R"({"Host":"node-000","Score":7})", R"([{"Host":"node-000","Score":7.5}])",
        R"([{"Host":"nobody","Score":10}])", R"([{"Host":"node-001","Score":10},null])",
        R"([{"Host":"node-002","Score":9223372036854775807}])",
        R"([{"Host":"node-003","Score":-9223372036854775808}])",
        R"([{"Host":"node-004","Score":5},{"Host":"node-004","Score":5}])"})
    answers.push_back(http_ok(body));
  return answers;
}

/// An answer to filter that says nothing, like `{}`, means that no node fits: that one is not an
/// error to a scheduler, and the reason why the files to start with have no filter verb.
std::vector<std::string> wrong_verdicts() {
  std::vector<std::string> answers = broken_http();
  for (const char* body : {"[]", R"({"NodeNames":["nobody"]})", R"({"NodeNames":"node-000"})",
                           R"({"NodeNames":["node-000"],"Error":"no"})", R"({"FailedNodes":[]})"})
    answers.push_back(http_ok(body));
  return answers;
}

}  // namespace

TEST_CASE("outage: 1,000 of 1,000 pods are scheduled when the orchestrator is killed",
          "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  Scheduling scheduling;
  auto orchestrator = working_orchestrator(scheduling, "second-scheduler-with-filter.yaml");
  scheduling.create("burst", kPods);
  orchestrator.process.signal(SIGKILL);
  CHECK(scheduling.await_all("orchestrator killed", 300s) == kPods);
}

TEST_CASE("outage: 1,000 of 1,000 pods are scheduled when the orchestrator hangs",
          "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  Scheduling scheduling;
  auto orchestrator = working_orchestrator(scheduling, "second-scheduler.yaml");
  orchestrator.process.signal(SIGSTOP);
  scheduling.create("burst", kPods);
  // Nothing but httpTimeout ends a call: 200 ms for each pod, one pod after another.
  CHECK(scheduling.await_all("orchestrator hangs", 600s) == kPods);
  orchestrator.process.signal(SIGCONT);
}

TEST_CASE("outage: 1,000 of 1,000 pods are scheduled when the answers are garbage",
          "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  const std::string file = GENERATE("second-scheduler.yaml", "second-scheduler-with-filter.yaml");
  CAPTURE(file);
  const GarbageServer garbage({.filter = wrong_verdicts(), .other = wrong_scores()});
  Scheduling scheduling;
  scheduling.ask(file, garbage.url());
  scheduling.create("burst", kPods);
  CHECK(scheduling.await_all("garbage, " + file, 300s) == kPods);
  // On a busy machine a call may time out before it is written.
  CHECK(garbage.asked() >= kPods * 9 / 10);
}

}  // namespace kernwise::test
