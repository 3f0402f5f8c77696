// SPDX-License-Identifier: Apache-2.0
// The manifests on a real API server: Pod Security admission is on by default, fake nodes run what
// is admitted.
#include <algorithm>
#include <fstream>
#include <set>
#include <string>

#include "common/base/json.hpp"
#include "orchestrator/cluster/api_calls.hpp"
#include "test/controlplane/kernwise.hpp"
#include "test/controlplane/require.hpp"
#include "test/controlplane/run.hpp"

namespace kernwise::test {
namespace {

constexpr unsigned kNodes = 3;

const std::string kManifests = KERNWISE_MANIFESTS;

const std::string kAccount = "system:serviceaccount:kernwise:kernwise-orchestrator";
const std::string kAudit =
    "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules:\n"
    "- {level: Metadata, users: [\"" +
    kAccount + "\"]}\n- {level: None}\n";

Cluster& cluster() {
  return shared_cluster({.nodes = kNodes, .audit_policy = kAudit});
}

/// kubectl with both of its outputs; it must succeed and warn of nothing.
std::string quietly(const std::vector<std::string>& arguments) {
  Run what{.program = cluster().programs() + "/kubectl",
           .arguments = {"--kubeconfig=" + cluster().kubeconfig()}};
  what.arguments.insert(what.arguments.end(), arguments.begin(), arguments.end());
  const auto ended = run(what);
  require(ended);
  INFO(ended->errors);
  REQUIRE(ended->status == 0);
  CHECK(ended->errors.find("Warning") == std::string::npos);
  return ended->output;
}

std::string asked(const std::vector<std::string>& arguments) {
  const auto answer = cluster().kubectl(arguments);
  require(answer);
  return *answer;
}

/// The certificates as their script makes them, once.
void make_certificates() {
  static const bool made = [] {
    const Run script{
        .program = "/usr/bin/env",
        .arguments = {"KUBECTL=" + cluster().programs() + "/kubectl",
                      "KUBECONFIG=" + cluster().kubeconfig(), kManifests + "/certificates.sh",
                      cluster().folder() + "/certificates"}};
    const auto ended = run(script);
    require(ended);
    INFO(ended->errors);
    REQUIRE(ended->status == 0);
    return true;
  }();
  REQUIRE(made);
}

/// All replicas of this version were admitted, scheduled and are ready.
void check_rolled_out() {
  quietly({"rollout", "status", "--timeout=120s", "-n", "kernwise",
           "deployment/kernwise-orchestrator"});
  quietly({"rollout", "status", "--timeout=120s", "-n", "kernwise-profiler",
           "daemonset/kernwise-profiler"});
  CHECK(asked({"get", "deployment", "-n", "kernwise", "kernwise-orchestrator", "-o",
               "jsonpath={.status.readyReplicas}"}) == "2");
  CHECK(asked({"get", "daemonset", "-n", "kernwise-profiler", "kernwise-profiler", "-o",
               "jsonpath={.status.numberReady}"}) == std::to_string(kNodes));
}

TEST_CASE("manifests: base and overlays are taken without a warning, and their pods admitted",
          "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  const std::string folder =
      GENERATE("base", "overlays/discovery-informer", "overlays/discovery-kubelet",
               "overlays/hostport-5000", "overlays/second-scheduler", "overlays/soft-taints");
  CAPTURE(folder);
  make_certificates();
  quietly({"apply", "-k", kManifests + "/" + folder});
  check_rolled_out();
}

TEST_CASE("manifests: pods of the orchestrator are on different nodes", "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  make_certificates();
  quietly({"apply", "-k", kManifests + "/base"});
  check_rolled_out();
  const std::string nodes =
      asked({"get", "pods", "-n", "kernwise", "-o",
             "jsonpath={.items[?(@.status.phase=='Running')].spec.nodeName}"});
  const auto space = nodes.find(' ');
  REQUIRE(space != std::string::npos);
  CHECK(nodes.substr(0, space) != nodes.substr(space + 1));
}

TEST_CASE("manifests: the orchestrator's namespace refuses what the profiler's takes",
          "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  make_certificates();
  quietly({"apply", "-k", kManifests + "/base"});
  const std::string pod =
      "apiVersion: v1\nkind: Pod\nmetadata: {name: greedy}\nspec:\n  hostPID: true\n"
      "  containers: [{name: a, image: a}]\n";
  const auto refused = cluster().kubectl({"apply", "-n", "kernwise", "-f", "-"}, pod);
  REQUIRE(refused.has_error());
  CHECK(refused.error().message().find("violates PodSecurity") != std::string::npos);
  require(
      cluster().kubectl({"apply", "-n", "kernwise-profiler", "-f", "-", "--dry-run=server"}, pod));
}

/// `yes` or `no`. `what` may have a subresource: `deployments.apps/scale`.
std::string may(const std::string& account, const std::string& verb, const std::string& what,
                const std::string& name_space = "default") {
  const auto slash = what.find('/');
  Run ask{.program = cluster().programs() + "/kubectl",
          .arguments = {"--kubeconfig=" + cluster().kubeconfig(), "auth", "can-i", verb,
                        what.substr(0, slash), "-n", name_space,
                        "--as=system:serviceaccount:" + account}};
  if (slash != std::string::npos)
    ask.arguments.push_back("--subresource=" + what.substr(slash + 1));
  const auto answer = run(ask);
  require(answer);
  return answer->output.substr(0, answer->output.find('\n'));
}

TEST_CASE("manifests: what the API server lets each account do", "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  make_certificates();
  // What an overlay granted in another case is still there: nothing prunes it.
  for (const char* overlay :
       {"kernwise-second-scheduler", "kernwise-profiler-informer", "kernwise-profiler-kubelet"}) {
    asked({"delete", "clusterrolebinding", overlay, "--ignore-not-found"});
  }
  quietly({"apply", "-k", kManifests + "/base"});
  const std::string orchestrator = "kernwise:kernwise-orchestrator";
  const std::string profiler = "kernwise-profiler:kernwise-profiler";
  CHECK(may(orchestrator, "watch", "pods") == "yes");
  CHECK(may(orchestrator, "patch", "deployments.apps/scale") == "yes");
  CHECK(may(orchestrator, "create", "tokenreviews.authentication.k8s.io") == "yes");
  CHECK(may(orchestrator, "update", "leases.coordination.k8s.io", "kernwise") == "yes");
  CHECK(may(orchestrator, "update", "leases.coordination.k8s.io") == "no");
  CHECK(may(orchestrator, "get", "secrets", "kernwise") == "no");
  CHECK(may(orchestrator, "patch", "deployments.apps") == "no");
  CHECK(may(orchestrator, "delete", "pods") == "no");
  CHECK(may(profiler, "list", "pods", "kernwise-profiler") == "no");
  CHECK(may(profiler, "get", "nodes/pods") == "no");
}

/// What the account was seen to do, as the table of calls has it, and what was refused.
struct Audit {
  std::set<std::string> calls, refused;
};

std::string text_of(const json::Value& object, const char* key) {
  const json::Value* const value = object.find(key);
  return value == nullptr ? std::string() : std::string(value->text());
}

/// As the table of calls names it. Without a resource: the path, which no rule of ours grants
/// (the keys of service accounts are open to each of them).
std::string call_of(const json::Value& event) {
  const json::Value* const object = event.find("objectRef");
  if (object == nullptr) return text_of(event, "requestURI");
  const std::string below = text_of(*object, "subresource");
  const bool own =
      text_of(*object, "resource") == "leases" && text_of(*object, "namespace") == "kernwise";
  return text_of(*object, "apiGroup") + "/" + text_of(*object, "resource") +
         (below.empty() ? "" : "/" + below) + " " + text_of(event, "verb") + (own ? " own" : "");
}

void add_event(const json::Value& event, Audit& audit) {
  const std::string call = call_of(event);
  if (event.find("objectRef") != nullptr) audit.calls.insert(call);
  const json::Value* const status = event.find("responseStatus");
  const json::Value* const code = status == nullptr ? nullptr : status->find("code");
  if (code != nullptr && code->text() == "403") audit.refused.insert(call);
}

Audit read_audit() {
  Audit audit;
  std::ifstream lines(cluster().audit_log());
  for (std::string line; std::getline(lines, line);) {
    const auto event = json::parse(line);
    if (event) add_event(*event, audit);
  }
  return audit;
}

std::set<std::string> calls_of_table(bool (*wanted)(const cluster::ApiCall&)) {
  std::set<std::string> all;
  for (const cluster::ApiCall& call : cluster::api_calls()) {
    if (!wanted(call)) continue;
    all.insert(std::string(call.group) + "/" + std::string(call.resource) + " " +
               std::string(call.verb) + (call.own_namespace ? " own" : ""));
  }
  return all;
}

TEST_CASE("manifests: the orchestrator lives by its rules, and asks for nothing beside them",
          "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  make_certificates();
  quietly({"apply", "-k", kManifests + "/base"});
  const auto token = cluster().service_account_token(
      {.account_namespace = "kernwise", .account = "kernwise-orchestrator"});
  require(token);
  const auto orchestrator =
      start_orchestrator_in_pod(cluster().folder(), {.host = "127.0.0.1",
                                                     .port = std::to_string(cluster().api_port()),
                                                     .ca_file = cluster().ca_file(),
                                                     .token = *token,
                                                     .name_space = "kernwise"});
  require(orchestrator);
  // What it does by itself, without a workload to scale or a report to check.
  const auto table = calls_of_table(
      [](const cluster::ApiCall& call) { return call.granted_in == "orchestrator"; });
  auto by_itself = calls_of_table(
      [](const cluster::ApiCall& call) { return call.own_namespace || call.verb == "watch"; });
  for (const char* absent :
       {"keda.sh/scaledobjects", "autoscaling.k8s.io/verticalpodautoscalers"}) {
    by_itself.erase(std::string(absent) + " watch");  // the server does not know these kinds
  }
  const auto all_seen = [&] {
    const Audit audit = read_audit();
    return std::includes(audit.calls.begin(), audit.calls.end(), by_itself.begin(),
                         by_itself.end());
  };
  CHECK(eventually(std::chrono::seconds(60), all_seen));
  const Audit audit = read_audit();
  CHECK(audit.refused.empty());
  for (const std::string& call : by_itself) {
    CAPTURE(call);
    CHECK(audit.calls.contains(call));
  }
  for (const std::string& call : audit.calls) {
    CAPTURE(call);
    CHECK(table.contains(call));
  }
}

}  // namespace
}  // namespace kernwise::test
