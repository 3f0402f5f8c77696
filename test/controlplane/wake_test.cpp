// SPDX-License-Identifier: Apache-2.0
// A pod for which no node was left, because of us: kube-scheduler tries it again for five minutes
// only when something happens to a node, so something has to happen when there is room again.
#include <algorithm>
#include <map>
#include <string>

#include "common/base/json.hpp"
#include "test/controlplane/kernwise.hpp"
#include "test/controlplane/profilers.hpp"
#include "test/controlplane/recorder.hpp"
#include "test/controlplane/require.hpp"

namespace kernwise::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kWanted = "node-001";

std::vector<std::string> names_in(const std::string& document) {
  const auto parsed = json::parse(document, {.depth = 64});
  const auto* const list = parsed ? parsed->find("NodeNames") : nullptr;
  std::vector<std::string> names;
  if (list != nullptr) {
    for (const json::Value& name : list->items()) names.emplace_back(name.text());
  }
  return names;
}

bool has_wanted(const std::string& document) {
  return std::ranges::count(names_in(document), kWanted) == 1;
}

/// We keep at least one node, so it takes another extender that has no use for the ones we keep.
http::Response keep_the_wanted(const http::Request& request) {
  const bool has = has_wanted(request.body);
  return {.content_type = "application/json",
          .body = R"({"NodeNames":[)" + (has ? '"' + std::string(kWanted) + '"' : "") + "]}"};
}

std::string scheduler_with(const std::string& first, const std::string& second) {
  const auto extender = [](const std::string& url) {
    return "{urlPrefix: \"" + url +
           "\", filterVerb: filter, nodeCacheCapable: true, httpTimeout: 10s}";
  };
  return "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n"
         "leaderElection: {leaderElect: false}\nprofiles: [{schedulerName: waking}]\n"
         "extenders: [" +
         extender(first) + ", " + extender(second) + "]\n";
}

/// The orchestrator with its filter, between the nodes' profilers and a scheduler that asks both
/// extenders.
class Rig {
 public:
  explicit Rig(Cluster& cluster) : cluster_(cluster) {
    auto tokens = make_profilers(cluster_, node_names(3));
    require(tokens);
    tokens_ = *std::move(tokens);
    // For the leader's Lease; another case may have made it.
    require(cluster_.kubectl({"apply", "-f", "-"},
                             "apiVersion: v1\nkind: Namespace\nmetadata: {name: kernwise}\n"));
    require(cluster_.make_namespace("waking"));
    require(cluster_.start_scheduler(
        "waking",
        scheduler_with(ours_.url(), "http://127.0.0.1:" + std::to_string(theirs_.port()))));
  }
  ~Rig() { (void)cluster_.stop("waking"); }
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  void contend(bool contended) { contended_ = contended; }
  /// Waits for that, while the profilers report.
  [[nodiscard]] bool await(std::chrono::seconds longest, const std::function<bool()>& holds) {
    const auto report_and_ask = [&] {
      for (const auto& [node, token] : tokens_) {
        const bool hot = contended_ && node == kWanted;
        require(send_report(orchestrator_.at.ingest, node_report(node, hot ? 0.95 : 0.1), token));
      }
      return holds();
    };
    return eventually(longest, report_and_ask, 500ms);
  }
  void pass(std::chrono::seconds time) {
    static_cast<void>(await(time, [] { return false; }));
  }
  [[nodiscard]] std::string field(const std::string& object, const std::string& path) {
    const auto text = cluster_.kubectl({"get", "-n", "waking", object, "-o", "jsonpath=" + path});
    return text ? *text : std::string();
  }
  /// Whether the scheduler was left the wanted node when it asked last.
  [[nodiscard]] bool kept() const {
    const auto calls = ours_.calls();
    return !calls.empty() && has_wanted(calls.back().answer);
  }
  [[nodiscard]] std::size_t asked() const { return ours_.calls().size(); }
  void create_pod() {
    require(cluster_.kubectl({"create", "-n", "waking", "-f", "-"},
                             "apiVersion: v1\nkind: Pod\nmetadata: {name: late}\nspec: "
                             "{schedulerName: waking, containers: [{name: app, image: app}]}\n"));
  }

 private:
  static RunningOrchestrator started(Cluster& cluster) {
    auto orchestrator = start_orchestrator(
        cluster.folder(), {"--kubernetes.kubeconfig", cluster.kubeconfig(), "--placement.mode",
                           "Act", "--placement.filter", "true", "--scaling.interval", "1s"});
    require(orchestrator);
    return *std::move(orchestrator);
  }

  Cluster& cluster_;
  RunningOrchestrator orchestrator_ = started(cluster_);
  Recorder ours_{orchestrator_.at.scheduler};
  LiveServer theirs_{
      {.routes = {
           {.method = "POST", .path = "/filter", .handler = http::immediate(keep_the_wanted)}}}};
  ProfilerTokens tokens_;
  bool contended_ = true;
};

}  // namespace

TEST_CASE("wake-up: a pod that found no node is tried again when a contended one has cooled",
          "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  Rig rig(shared_cluster({.nodes = 3, .scheduler = false}));
  rig.pass(8s);  // contended for long enough to be rejected
  rig.create_pod();
  REQUIRE(rig.await(60s, [&] {
    return rig.field("pod/late", "{.status.conditions[?(@.type=='PodScheduled')].reason}") ==
           "Unschedulable";
  }));
  CHECK_FALSE(rig.kept());
  const auto asked = rig.asked();
  rig.pass(15s);
  CHECK(rig.asked() == asked);  // nothing else wakes it
  CHECK(rig.field("node/" + std::string(kWanted), "{.metadata.annotations}").find("cooled") ==
        std::string::npos);

  rig.contend(false);
  CHECK(rig.await(60s, [&] { return rig.field("pod/late", "{.spec.nodeName}") == kWanted; }));
  CHECK(rig.kept());
  CHECK(rig.field("node/" + std::string(kWanted), "{.metadata.annotations}")
            .find("kernwise.io/cooled") != std::string::npos);
}

}  // namespace kernwise::test
