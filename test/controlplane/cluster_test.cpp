// SPDX-License-Identifier: Apache-2.0
// The control plane that the other tests stand on.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "common/base/file.hpp"
#include "common/base/json.hpp"
#include "test/controlplane/require.hpp"

namespace kernwise::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kAudience = "kernwise-orchestrator";

/// The text below `path`, or `?`.
std::string text_at(const json::Value& document, const std::vector<std::string>& path) {
  const json::Value* value = &document;
  for (const auto& key : path) {
    value = value->find(key);
    if (value == nullptr) return "?";
  }
  return std::string(value->kind() == json::Kind::array ? value->items().at(0).text()
                                                        : value->text());
}

json::Value parsed(const Result<std::string>& text) {
  require(text);
  auto value = json::parse(*text, {.depth = 32});
  require(value);
  return std::move(*value);
}

/// The processes that `parent` started.
std::vector<std::string> children_of(pid_t parent) {
  const std::string task = "/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent);
  std::ifstream file(task + "/children");
  std::vector<std::string> pids;
  for (std::string pid; file >> pid;) pids.push_back(pid);
  return pids;
}

/// Gone, or only its exit status is left for whoever reaps orphans.
bool has_ended(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string number, name, state;
  return !(file >> number >> name >> state) || state == "Z";
}

}  // namespace

TEST_CASE("control plane: both sides of kubectl version have the version that was asked for",
          "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  Cluster& cluster = shared_cluster();
  const auto version = parsed(cluster.kubectl({"version", "-o", "json"}));
  const std::string& programs = cluster.programs();
  const std::string wanted = "v" + programs.substr(programs.rfind('/') + 1);
  CHECK(text_at(version, {"clientVersion", "gitVersion"}) == wanted);
  CHECK(text_at(version, {"serverVersion", "gitVersion"}) == wanted);
  CHECK(text_at(version, {"serverVersion", "major"}) == "1");
  CHECK("v1." + text_at(version, {"serverVersion", "minor"}) + "." ==
        wanted.substr(0, wanted.rfind('.') + 1));
}

TEST_CASE("control plane: a token bound to a pod names the node of that pod", "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  Cluster& cluster = shared_cluster();
  require(cluster.add_nodes({"where-it-runs"}));
  require(cluster.make_namespace("tokens"));
  const std::string pod =
      "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: tokens}, spec: {nodeName: "
      "where-it-runs, containers: [{name: c, image: i}]}}";
  require(cluster.kubectl({"create", "-f", "-"}, pod));
  const auto uid =
      cluster.kubectl({"get", "pod", "p", "-n", "tokens", "-o=jsonpath={.metadata.uid}"});
  require(uid);
  const auto token = cluster.service_account_token({.account_namespace = "tokens",
                                                    .account = "default",
                                                    .audience = kAudience,
                                                    .pod = "p",
                                                    .pod_uid = *uid});
  require(token);
  const std::string review =
      R"({"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{"token":")" +
      *token + R"(","audiences":[")" + kAudience + R"("]}})";
  const auto answer =
      parsed(cluster.kubectl({"create", "--validate=false", "-o", "json", "-f", "-"}, review));
  CHECK(text_at(answer, {"status", "user", "username"}) == "system:serviceaccount:tokens:default");
  CHECK(text_at(answer, {"status", "audiences"}) == kAudience);
  const std::vector<std::string> extra{"status", "user", "extra"};
  const auto claim = [&](const std::string& name) {
    auto path = extra;
    path.push_back("authentication.kubernetes.io/" + name);
    return text_at(answer, path);
  };
  CHECK(claim("pod-uid") == *uid);
  // Tokens name the node since 1.30.
  CHECK(claim("node-name") == "where-it-runs");
}

TEST_CASE("control plane: a crashed API server comes back on its port with its data",
          "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  auto cluster = Cluster::up({.controller_manager = false, .scheduler = false});
  require(cluster);
  const auto port = (*cluster)->api_port();
  require((*cluster)->make_namespace("kept"));
  require((*cluster)->signal("kube-apiserver", SIGKILL));
  CHECK(eventually(30s, [&] { return (*cluster)->pid("kube-apiserver") == -1; }));
  CHECK_FALSE((*cluster)->kubectl({"get", "namespace", "kept"}).has_value());
  CHECK_FALSE((*cluster)->all_running().has_value());
  require((*cluster)->start("kube-apiserver"));
  CHECK((*cluster)->api_port() == port);
  require((*cluster)->kubectl({"get", "namespace", "kept"}));
  CHECK_FALSE((*cluster)->start("kube-apiserver").has_value());
}

TEST_CASE("control plane: the audit log tells who wrote what, and who only read",
          "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  auto cluster = Cluster::up({.scheduler = false, .audit_policy = kAuditWrites});
  require(cluster);
  require((*cluster)->make_namespace("audited"));
  require((*cluster)->kubectl({"get", "configmaps", "-A"}));
  const auto log = read_file((*cluster)->audit_log(), 64UL * 1024 * 1024);
  require(log);
  std::set<std::string> writes;
  std::istringstream lines(*log);
  for (std::string line; std::getline(lines, line);) {
    const auto event = parsed(line);
    CHECK(text_at(event, {"stage"}) == "ResponseComplete");
    writes.insert(text_at(event, {"user", "username"}) + " " + text_at(event, {"verb"}) + " " +
                  text_at(event, {"objectRef", "resource"}));
    CHECK(text_at(event, {"verb"}) != "get");
  }
  CHECK(writes.contains("admin create namespaces"));
  CHECK(writes.contains("system:kube-controller-manager create serviceaccounts"));
  CHECK_FALSE(writes.contains("admin create serviceaccounts"));
}

TEST_CASE("control plane: nothing is left when its owner is killed, not even what hangs",
          "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  auto owner = demo::Process::start({.program = KERNWISE_CONTROLPLANE_PROGRAM});
  require(owner);
  const auto kubeconfig = owner->await_line("export KUBECONFIG=", 120s);
  require(kubeconfig);
  const auto programs = children_of(owner->pid());
  CHECK(programs.size() == 5);
  kill(static_cast<pid_t>(std::stol(programs.at(0))), SIGSTOP);
  owner->signal(SIGKILL);
  CHECK(eventually(30s, [&] { return std::ranges::all_of(programs, has_ended); }));
  std::filesystem::remove_all(std::filesystem::path(*kubeconfig).parent_path());
}

TEST_CASE("control plane: its owner ends it at a signal and leaves no folder", "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  auto owner = demo::Process::start(
      {.program = KERNWISE_CONTROLPLANE_PROGRAM, .arguments = {"--nodes", "2"}});
  require(owner);
  const auto kubeconfig = owner->await_line("export KUBECONFIG=", 120s);
  require(kubeconfig);
  const auto programs = children_of(owner->pid());
  owner->signal(SIGINT);
  const auto code = owner->await_end(60s);
  require(code);
  CHECK(*code == 0);
  CHECK(std::ranges::all_of(programs, has_ended));
  CHECK_FALSE(std::filesystem::exists(std::filesystem::path(*kubeconfig).parent_path()));
}

}  // namespace kernwise::test
