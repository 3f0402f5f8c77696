// SPDX-License-Identifier: Apache-2.0
// The manifests on a real API server: Pod Security admission is on by default, fake nodes run what
// is admitted.
#include <algorithm>
#include <cstdlib>
#include <string>

#include "test/controlplane/require.hpp"
#include "test/controlplane/run.hpp"

namespace kernwise::test {
namespace {

constexpr unsigned kNodes = 3;

const std::string kManifests = KERNWISE_MANIFESTS;

Cluster& cluster() {
  return shared_cluster({.nodes = kNodes});
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
               "overlays/hostport-5000", "overlays/second-scheduler");
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

}  // namespace
}  // namespace kernwise::test
