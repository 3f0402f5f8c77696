// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch_all.hpp>

#include "common/base/version.hpp"
#include "orchestrator/app/config.hpp"
#include "orchestrator/cluster/api_calls.hpp"
#include "profiler/app/options.hpp"
#include "test/support/manifests.hpp"

/// What manifests/ promises, as far as it can be read without a cluster.
namespace kernwise::test {
namespace {

using Set = std::set<std::string>;

/// What the orchestrator does that this part of the manifests grants.
Set used(std::string_view part) {
  Set all;
  for (const cluster::ApiCall& call : cluster::api_calls()) {
    if (call.granted_in != part) continue;
    all.insert(std::string(call.group) + "/" + std::string(call.resource) + " " +
               std::string(call.verb) + (call.own_namespace ? " own" : ""));
  }
  return all;
}

const ManifestObject& only(const std::vector<ManifestObject>& objects, const std::string& kind) {
  const auto is = [&](const ManifestObject& object) { return object.kind() == kind; };
  REQUIRE(std::count_if(objects.begin(), objects.end(), is) == 1);
  return *std::find_if(objects.begin(), objects.end(), is);
}

YAML::Node pod_of(const ManifestObject& workload) {
  return workload.root["spec"]["template"]["spec"];
}

Set texts(const YAML::Node& list) {
  Set all;
  for (const auto& each : list) all.insert(each.as<std::string>());
  return all;
}

TEST_CASE("manifests: the orchestrator may do what it does and nothing else", "[manifests]") {
  for (const char* part : {"orchestrator", "components/mark-nodes"}) {
    CAPTURE(part);
    CHECK(granted(manifest_objects(part)) == used(part));
  }
}

TEST_CASE("manifests: the profiler may do nothing, with an overlay what its source does",
          "[manifests]") {
  for (const ManifestObject& object : manifest_objects("profiler")) {
    CAPTURE(object.file);
    CHECK(object.kind().find("Role") == std::string::npos);
  }
  const auto [component, rules] = GENERATE(table<std::string, Set>({
      {"discovery-informer", Set{"/pods list", "/pods watch"}},
      {"discovery-kubelet", Set{"/nodes/pods get"}},
      {"second-scheduler", Set{}},  // bound to what Kubernetes ships for schedulers
      {"hostport-5000", Set{}},
  }));
  CAPTURE(component);
  CHECK(granted(manifest_objects("components/" + component)) == rules);
}

TEST_CASE("manifests: no rule reaches for secrets, nodes/proxy, exec or everything",
          "[manifests]") {
  const auto all = granted(manifest_objects("."));
  REQUIRE_FALSE(all.empty());
  for (const std::string& rule : all) {
    CAPTURE(rule);
    const char* const forbidden =
        GENERATE("*", "secrets", "nodes/proxy", "pods/exec", "escalate", "impersonate", "bind ");
    CHECK(rule.find(forbidden) == std::string::npos);
  }
}

TEST_CASE("manifests: images are pinned to this version", "[manifests]") {
  for (const char* program : {"profiler", "orchestrator"}) {
    const YAML::Node image = only(manifest_objects(program), "Kustomization").root["images"][0];
    CHECK(image["name"].as<std::string>() == std::string("kernwise-") + program);
    CHECK(image["newTag"].as<std::string>() == version());
  }
}

/// Every option that a manifest sets exists: `KERNWISE_PROFILER_ORCHESTRATOR_URL` is
/// `orchestrator.url`.
void check_environment(const std::string& folder, const options::Program& program) {
  Set known;
  for (const options::Option& option : program.table) {
    std::string name = program.env_prefix;
    for (const char c : std::string_view(option.key)) {
      name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    known.insert(name);
  }
  std::size_t checked = 0;
  for (const ManifestObject& object : manifest_objects(folder)) {
    if (object.kind() != "DaemonSet" && object.kind() != "Deployment") continue;
    for (const auto& container : pod_of(object)["containers"]) {
      for (const auto& variable : container["env"]) {
        const auto name = variable["name"].as<std::string>();
        if (!name.starts_with(program.env_prefix)) continue;
        CAPTURE(object.file, name);
        CHECK(known.contains(name));
        ++checked;
      }
    }
  }
  CHECK(checked > 0);
}

TEST_CASE("manifests: every option that is set exists", "[manifests]") {
  check_environment("profiler", profiler::program());
  check_environment("components/discovery-informer", profiler::program());
  check_environment("components/discovery-kubelet", profiler::program());
  check_environment("orchestrator", orchestrator::program());
  check_environment("components/second-scheduler", orchestrator::program());
}

TEST_CASE("manifests: the profiler has capabilities, not privilege", "[manifests]") {
  const YAML::Node pod = pod_of(only(manifest_objects("profiler"), "DaemonSet"));
  CHECK_FALSE(pod["automountServiceAccountToken"].as<bool>());
  CHECK_FALSE(pod["hostNetwork"]);
  const YAML::Node security = pod["containers"][0]["securityContext"];
  CHECK_FALSE(security["privileged"].as<bool>());
  CHECK_FALSE(security["allowPrivilegeEscalation"].as<bool>());
  CHECK(security["readOnlyRootFilesystem"].as<bool>());
  CHECK(texts(security["capabilities"]["drop"]) == Set{"ALL"});
  CHECK(texts(security["capabilities"]["add"]) ==
        Set{"BPF", "PERFMON", "SYS_PTRACE", "DAC_READ_SEARCH", "SYSLOG"});
  for (const auto& mount : pod["containers"][0]["volumeMounts"]) {
    CAPTURE(mount["name"].as<std::string>());
    CHECK(mount["readOnly"].as<bool>(false));
  }
}

TEST_CASE("manifests: the profiler's token is for the orchestrator alone and short-lived",
          "[manifests]") {
  for (const auto& volume : pod_of(only(manifest_objects("profiler"), "DaemonSet"))["volumes"]) {
    if (!volume["projected"]) continue;
    const YAML::Node token = volume["projected"]["sources"][0]["serviceAccountToken"];
    CHECK(token["audience"].as<std::string>() == "kernwise-orchestrator");
    CHECK(token["expirationSeconds"].as<int>() == 600);
    return;
  }
  FAIL("no projected token");
}

}  // namespace
}  // namespace kernwise::test
