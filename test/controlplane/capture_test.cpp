// SPDX-License-Identifier: Apache-2.0
// What a real kube-scheduler sends to its extender, call by call. The bodies are kept in
// test/contract/recorded; KERNWISE_RECORD=FOLDER writes them anew.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "common/base/file.hpp"
#include "common/base/json.hpp"
#include "test/controlplane/kernwise.hpp"
#include "test/controlplane/recorder.hpp"
#include "test/controlplane/require.hpp"
#include "test/controlplane/scheduler_config.hpp"

namespace kernwise::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kScheduler = "kernwise-scheduler";

// The bare pod says about itself whatever placement reads.
constexpr const char* kPod = R"(
apiVersion: v1
kind: Pod
metadata:
  name: bare
  labels: {app.kubernetes.io/name: shop, tier: "1"}
  annotations: {kernwise.io/placement-mode: Act, example.com/note: "not ours"}
spec:
  schedulerName: kernwise-scheduler
  initContainers: [{name: first, image: "registry/first:1", resources: {requests: {cpu: 300m}}}]
  containers:
  - name: app
    image: registry/app:2
    env: [{name: SECRET, value: "not for us"}]
    resources: {requests: {cpu: 250m, memory: 64Mi}, limits: {cpu: "1", memory: 128Mi}}
)";

/// One pod of a controller.
std::string owned(const std::string& kind) {
  return "apiVersion: apps/v1\nkind: " + kind +
         "\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
         "  template:\n    metadata: {labels: {app: web}}\n    spec:\n"
         "      schedulerName: " +
         kScheduler + "\n      containers: [{name: app, image: app}]\n";
}

json::Value parsed(const std::string& text) {
  auto value = json::parse(text, {.depth = 64, .bytes = 16UL * 1024 * 1024});
  require(value);
  return std::move(*value);
}

const json::Value& member(const json::Value& value, std::string_view key) {
  static const json::Value nothing;
  const json::Value* found = value.find(key);
  return found == nullptr ? nothing : *found;
}

std::string pod_of(const Call& call) {
  const auto body = parsed(call.body);
  return std::string(member(member(member(body, "Pod"), "metadata"), "name").text());
}

/// Every path that the document has, list elements as `[]`. Who wrote a field depends on who was
/// first, and says nothing about the body.
void collect(const json::Value& value, const std::string& path, std::set<std::string>& paths) {
  paths.insert(path);
  for (const auto& [key, child] : value.members())
    if (key != "managedFields") collect(child, std::string(path).append(".").append(key), paths);
  for (const auto& item : value.items()) collect(item, std::string(path).append("[]"), paths);
}

std::string shape(const std::string& text) {
  std::set<std::string> paths;
  collect(parsed(text), "", paths);
  std::string all;
  for (const auto& path : paths) all += path + "\n";
  return all;
}

std::string version_of(const Cluster& cluster) {
  return cluster.programs().substr(cluster.programs().rfind('/') + 1);
}

/// Writes the body where that is asked for; else it must look like the one that was kept.
void keep(const Cluster& cluster, const std::string& name, const std::string& body) {
  const std::string file = "kube-scheduler-" + version_of(cluster) + "/" + name + ".json";
  if (const char* folder = std::getenv("KERNWISE_RECORD"); folder != nullptr) {
    const std::filesystem::path path = std::filesystem::path(folder) / file;
    std::filesystem::create_directories(path.parent_path());
    require(write_private(path, body));
    std::filesystem::permissions(path, std::filesystem::perms(0644));
    return;
  }
  const std::filesystem::path path = std::filesystem::path(KERNWISE_RECORDED) / file;
  if (!std::filesystem::exists(path.parent_path())) {
    WARN("nothing is kept of " << path.parent_path().filename() << " to compare with");
    return;
  }
  const auto kept = read_file(path);
  INFO("record again with KERNWISE_RECORD=test/contract/recorded");
  require(kept);
  CAPTURE(name);
  CHECK(shape(body) == shape(*kept));
}

/// A scheduler whose calls are recorded, and what it schedules.
class Capture {
 public:
  /// In a namespace of its own. `whole_nodes`: the scheduler sends Node objects instead of names.
  explicit Capture(const std::string& space, bool whole_nodes = false)
      : cluster_(shared_cluster({.nodes = 3, .scheduler = false})),
        space_(space),
        orchestrator_(started()),
        recorder_(orchestrator_.at.scheduler) {
    require(cluster_.make_namespace(space_));
    (void)cluster_.kubectl({"create", "namespace", "kernwise"});
    for (const auto& node : node_names(3)) set(node, .1);
    auto config = shipped_config("second-scheduler-with-filter.yaml", recorder_.url());
    require(config);
    if (whole_nodes) {
      const std::string names = "nodeCacheCapable: true";
      config->replace(config->find(names), names.size(), "nodeCacheCapable: false");
    }
    require(cluster_.start_scheduler(space_, *config));
  }
  ~Capture() { (void)cluster_.stop(space_); }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  /// Creates something that has `pods` pods and gives the calls made for them, in their order.
  std::vector<Call> calls_for(const std::string& manifest, std::size_t pods) {
    const std::size_t before = recorder_.calls().size();
    report();
    require(cluster_.kubectl({"create", "-n", space_, "-f", "-"}, manifest));
    scheduled_ += pods;
    CHECK(eventually(90s, [&] {
      report();
      return scheduled() == scheduled_;
    }));
    auto calls = recorder_.calls();
    calls.erase(calls.begin(), calls.begin() + static_cast<std::ptrdiff_t>(before));
    return calls;
  }
  /// What the node reports from now on.
  void set(const std::string& node, double contention) { contention_[node] = contention; }
  /// One more window of every node.
  void report() const {
    for (const auto& [node, contention] : contention_)
      require(send_report(orchestrator_.at.ingest, node_report(node, contention)));
  }
  /// The node of a pod.
  std::string node_of(const std::string& pod) {
    auto node = cluster_.kubectl({"get", "pod", pod, "-n", space_, "-o=jsonpath={.spec.nodeName}"});
    require(node);
    return *node;
  }
  [[nodiscard]] const Cluster& cluster() const { return cluster_; }

 private:
  RunningOrchestrator started() const {
    auto running = start_orchestrator(cluster_.folder(), {"--placement.filter=true"});
    require(running);
    return std::move(*running);
  }
  std::size_t scheduled() {
    const auto names = cluster_.kubectl(
        {"get", "pods", "-n", space_, "-o", "name", "--field-selector=spec.nodeName!="});
    require(names);
    return static_cast<std::size_t>(std::ranges::count(*names, '\n'));
  }

  Cluster& cluster_;
  std::string space_;
  RunningOrchestrator orchestrator_;
  Recorder recorder_;
  std::size_t scheduled_ = 0;
  std::map<std::string, double> contention_;
};

std::size_t names_in(const Call& call) {
  return member(parsed(call.body), "NodeNames").items().size();
}

/// What does not depend on the pod.
void check_envelope(const Call& call) {
  const http::Request request{.headers = call.headers};
  CHECK(request.header("content-type") == "application/json");
  CHECK(request.header("content-length") == std::to_string(call.body.size()));
  // It has no way to send a token: whoever must know the scheduler asks for its certificate.
  CHECK(request.header("authorization").empty());
  CHECK(call.status == 200);
  const auto body = parsed(call.body);
  CHECK(body.find("Pod") != nullptr);
  CHECK(body.find("Nodes") != nullptr);
  CHECK(body.find("NodeNames") != nullptr);
}

/// Filter with every node, then prioritize with those that were kept.
void check_pair(const std::vector<Call>& calls) {
  REQUIRE(calls.size() == 2);
  CHECK(calls[0].verb == "filter");
  CHECK(calls[1].verb == "prioritize");
  for (const auto& call : calls) check_envelope(call);
  CHECK(pod_of(calls[0]) == pod_of(calls[1]));
  CHECK(parsed(calls[1].answer).items().size() == 3);
}

}  // namespace

TEST_CASE("kube-scheduler's own bodies: pods of every kind, nodes by name", "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  Capture capture("captured");

  const auto bare = capture.calls_for(kPod, 1);
  check_pair(bare);
  CHECK(names_in(bare[0]) == 3);
  CHECK(names_in(bare[1]) == 3);
  CHECK(member(parsed(bare[0].body), "Nodes").is_null());
  keep(capture.cluster(), "filter-bare", bare[0].body);
  keep(capture.cluster(), "prioritize-bare", bare[1].body);

  const auto deployed = capture.calls_for(owned("Deployment"), 1);
  check_pair(deployed);
  keep(capture.cluster(), "prioritize-deployment", deployed[1].body);

  // A pod of a DaemonSet fits one node: nothing is left to prefer.
  const auto daemons = capture.calls_for(owned("DaemonSet"), 3);
  REQUIRE(daemons.size() == 3);
  for (const auto& call : daemons) {
    check_envelope(call);
    CHECK(call.verb == "filter");
    CHECK(names_in(call) == 1);
  }
  keep(capture.cluster(), "filter-daemonset", daemons[0].body);
}

TEST_CASE("kube-scheduler's own bodies: whole nodes", "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  Capture capture("captured-nodes", true);
  const auto calls = capture.calls_for(kPod, 1);
  check_pair(calls);
  const auto body = parsed(calls[0].body);
  CHECK(member(body, "NodeNames").is_null());
  CHECK(member(member(body, "Nodes"), "items").items().size() == 3);
  keep(capture.cluster(), "filter-whole-nodes", calls[0].body);
  keep(capture.cluster(), "prioritize-whole-nodes", calls[1].body);
}

TEST_CASE("kube-scheduler: a node that the filter rejects is not used, unless it is the only one",
          "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  Capture capture("vetoed");
  capture.set("node-000", .9);
  capture.set("node-001", .9);
  for (int window = 0; window < 5; ++window) capture.report();

  const auto calls = capture.calls_for(kPod, 1);
  REQUIRE(calls.size() == 1);  // one node is left: there is nothing to prefer
  const auto answer = parsed(calls[0].answer);
  const auto& rejected = member(answer, "FailedAndUnresolvableNodes");
  CHECK(rejected.members().size() == 2);
  CHECK(member(rejected, "node-000").text() == "cpu contended (kernel run-queue wait)");
  CHECK(member(answer, "NodeNames").items().size() == 1);
  CHECK(capture.node_of("bare") == "node-002");

  std::string pinned = kPod;
  pinned.replace(pinned.find("name: bare"), 10, "name: pinned");
  pinned += "  nodeSelector: {kubernetes.io/hostname: node-000}\n";
  CHECK(capture.calls_for(pinned, 1).size() == 1);
  CHECK(capture.node_of("pinned") == "node-000");
}

}  // namespace kernwise::test
