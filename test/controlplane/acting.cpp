// SPDX-License-Identifier: Apache-2.0
#include "test/controlplane/acting.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/base/json.hpp"
#include "common/http/client.hpp"
#include "common/report/codec.hpp"

namespace kernwise::test {
namespace {

using namespace std::chrono_literals;

const std::vector<std::string> kNodes{"node-000", "node-001", "node-002"};

std::string account(std::size_t replica) {
  return "orchestrator-" + std::to_string(replica);
}

std::string web(const std::string& mode) {
  return "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  annotations:\n"
         "    kernwise.io/scaling-mode: " +
         mode +
         "\n    kernwise.io/min-replicas: \"1\"\n    kernwise.io/max-replicas: \"10\"\n"
         "spec:\n  replicas: 3\n  selector: {matchLabels: {app: web}}\n"
         "  template:\n    metadata: {labels: {app: web}}\n    spec:\n"
         "      nodeSelector: {kernwise-test: \"yes\"}\n"
         "      containers: [{name: app, image: app}]\n";
}

/// The rules of an orchestrator as the manifests grant them, for a user of its own.
std::string grants(const std::string& user) {
  return "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: " + user +
         ", namespace: kernwise}\n---\n"
         "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: " +
         user +
         "}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "
         "kernwise-orchestrator}\nsubjects: [{kind: ServiceAccount, namespace: kernwise, name: " +
         user +
         "}]\n---\n"
         "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: "
         "mark-nodes-" +
         user +
         "}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "
         "kernwise-orchestrator-mark-nodes}\nsubjects: [{kind: ServiceAccount, namespace: kernwise,"
         " name: " +
         user +
         "}]\n---\n"
         "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: " +
         user +
         ", namespace: kernwise}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: "
         "kernwise-orchestrator}\nsubjects: [{kind: ServiceAccount, namespace: kernwise, name: " +
         user + "}]\n---\n";
}

report::Container busy_container(const std::string& uid) {
  report::Container container;
  container.cgroup_id = std::hash<std::string>{}(uid) >> 12U;
  container.path = "kubepods/pod" + uid + "/c0";
  container.pod_uid = uid;
  container.verdict = Verdict::cpu_saturated;
  container.confidence = 0.8;
  container.shares[Share::on_cpu] = 1;
  container.cpu_limit = 1;
  container.evidence = {"on CPU all the time"};
  return container;
}

std::string text_of(const json::Value& object, std::string_view key) {
  const auto* const found = object.find(key);
  return found == nullptr ? std::string() : std::string(found->text());
}

}  // namespace

ActingCluster::ActingCluster(Cluster& cluster) : cluster_(cluster) {
  require(cluster_.make_namespace("kernwise"));
  require(cluster_.kubectl(
      {"apply", "-n", "kernwise", "-f", KERNWISE_MANIFESTS "/orchestrator/rbac.yaml"}));
  require(cluster_.kubectl({"apply", "-f", KERNWISE_MANIFESTS "/components/mark-nodes/rbac.yaml"}));
  require(cluster_.kubectl({"apply", "-f", "-"}, grants(account(0)) + grants(account(1))));
  for (const std::string& node : kNodes) {
    require(cluster_.kubectl({"label", "node", node, "kernwise-test=yes"}));
  }
  auto tokens = make_profilers(cluster_, kNodes);
  require(tokens);
  tokens_ = *std::move(tokens);
}

void ActingCluster::deploy(const std::string& name_space, const std::string& mode) {
  require(cluster_.make_namespace(name_space));
  require(cluster_.kubectl({"create", "-n", name_space, "-f", "-"}, web(mode)));
  pods_[name_space] = {};
  REQUIRE(eventually(
      60s, [&] { return field(name_space, "deployment/web", "{.status.readyReplicas}") == "3"; }));
}

void ActingCluster::start(std::size_t replica) {
  if (running_.contains(replica)) return;
  auto token = cluster_.service_account_token(
      {.account_namespace = "kernwise", .account = account(replica)});
  require(token);
  const std::string folder = cluster_.folder() + "/" + account(replica);
  std::filesystem::create_directories(folder);
  const std::string config = folder + "/kubeconfig";
  require(write_private(
      config, kubeconfig_text(cluster_.url(), cluster_.ca_file(), account(replica), *token)));
  auto started =
      start_orchestrator(folder, {"--kubernetes.kubeconfig", config, "--scaling.interval", "1s",
                                  "--soft_taints.cooldown", "10s"});
  require(started);
  running_.emplace(replica, *std::move(started));
}

void ActingCluster::contend(const std::string& node, bool contended) {
  contended ? static_cast<void>(contended_.insert(node))
            : static_cast<void>(contended_.erase(node));
}

void ActingCluster::end(std::size_t replica) {
  running_.erase(replica);
}

/// Which pods there are; the ones known stay while the API server is away.
void ActingCluster::look() {
  for (auto& [name_space, pods] : pods_) {
    const auto text = cluster_.kubectl(
        {"get", "pods", "-n", name_space, "-l", "app=web", "--request-timeout=2s", "-o",
         "jsonpath={range .items[*]}{.metadata.uid} {.metadata.name} {.spec.nodeName}{\"\\n\"}"
         "{end}"});
    if (!text) continue;
    pods.clear();
    std::istringstream lines(*text);
    for (Pod pod; lines >> pod.uid >> pod.name >> pod.node;) pods.push_back(pod);
  }
}

void ActingCluster::report() {
  for (const std::string& node : kNodes) {
    report::Report report = node_report(node, contended_.contains(node) ? 0.95 : 0.2);
    report.window_ms = 5'000;
    for (const auto& [name_space, pods] : pods_) {
      for (const Pod& pod : pods) {
        if (pod.node == node) report.containers.push_back(busy_container(pod.uid));
      }
    }
    for (const auto& [number, orchestrator] : running_) {
      // A stopped one does not answer, and is not waited for.
      static_cast<void>(http::fetch(orchestrator.at.ingest,
                                    {.method = "POST",
                                     .target = "/v1/report",
                                     .headers = {{"content-type", "application/json"},
                                                 {"authorization", "Bearer " + tokens_.at(node)}},
                                     .body = report::encode(report)},
                                    {.timeout = 500ms}));
    }
  }
}

bool ActingCluster::await(std::chrono::seconds longest, const std::function<bool()>& holds) {
  return eventually(
      longest,
      [&] {
        look();
        report();
        return holds();
      },
      300ms);
}

std::string ActingCluster::metrics(std::size_t replica) {
  const auto found = running_.find(replica);
  if (found == running_.end()) return {};
  const auto answer =
      http::fetch(found->second.at.api, {.target = "/metrics"}, {.timeout = 1'000ms});
  return answer ? answer->body : std::string();
}

bool ActingCluster::leads(std::size_t replica) {
  return metrics(replica).find("kernwise_leader 1\n") != std::string::npos;
}

std::size_t ActingCluster::leader() {
  std::size_t found = 0;
  REQUIRE(await(60s, [&] {
    for (const auto& [number, orchestrator] : running_) {
      if (leads(found = number)) return true;
    }
    return false;
  }));
  return found;
}

std::string ActingCluster::scores(std::size_t replica) {
  const auto answer = http::fetch(
      running_.at(replica).at.scheduler,
      {.method = "POST",
       .target = "/prioritize",
       .headers = {{"content-type", "application/json"}},
       .body = R"({"Pod":{"metadata":{"name":"p","namespace":"shop","uid":"u"},"spec":{)"
               R"("containers":[{"name":"c","resources":{"requests":{"cpu":"1"}}}]}},)"
               R"("NodeNames":["node-000","node-001","node-002"]})"});
  return answer ? answer->body : answer.error().message();
}

std::string ActingCluster::field(const std::string& name_space, const std::string& object,
                                 const std::string& path) {
  const auto text = cluster_.kubectl({"get", object, "-n", name_space, "-o", "jsonpath=" + path});
  return text ? *text : std::string();
}

std::vector<AuditedWrite> ActingCluster::writes() {
  std::vector<AuditedWrite> found;
  std::ifstream log(cluster_.audit_log());
  for (std::string line; std::getline(log, line);) {
    const auto entry = json::parse(line, {.depth = 64});
    if (!entry || entry->find("user") == nullptr || entry->find("objectRef") == nullptr) continue;
    const std::string user = text_of(*entry->find("user"), "username");
    const auto* const status = entry->find("responseStatus");
    const std::string code = status == nullptr ? std::string() : text_of(*status, "code");
    const bool ours = user.starts_with("system:serviceaccount:kernwise:orchestrator-");
    if (!ours || !code.starts_with('2')) continue;
    const json::Value& object = *entry->find("objectRef");
    found.push_back(
        {.user = user,
         .verb = text_of(*entry, "verb"),
         .resource = text_of(object, "resource"),
         .name_space = text_of(object, "namespace"),
         .name = text_of(object, "name"),
         .subresource = text_of(object, "subresource"),
         .dry_run = text_of(*entry, "requestURI").find("dryRun=All") != std::string::npos});
  }
  return found;
}

}  // namespace kernwise::test
