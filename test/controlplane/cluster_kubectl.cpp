// SPDX-License-Identifier: Apache-2.0
// What tests do with a cluster through kubectl.
#include <algorithm>
#include <string_view>

#include "test/controlplane/cluster.hpp"
#include "test/controlplane/run.hpp"
#include "test/support/eventually.hpp"

namespace kernwise::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kKubectlPatience = 180s, kNodesPatience = 90s;

/// A node as kwok adopts it: it fills in the conditions and keeps the lease fresh.
std::string node_manifest(const std::string& name) {
  return "---\napiVersion: v1\nkind: Node\nmetadata:\n  name: " + name +
         "\n  labels: {kubernetes.io/hostname: " + name +
         ", kubernetes.io/os: linux, kubernetes.io/arch: amd64}\n"
         "status:\n"
         "  allocatable: {cpu: \"32\", memory: 256Gi, pods: \"250\"}\n"
         "  capacity: {cpu: \"32\", memory: 256Gi, pods: \"250\"}\n";
}

std::ptrdiff_t count(std::string_view text, std::string_view what) {
  std::ptrdiff_t found = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
    ++found;
  return found;
}

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

}  // namespace

Result<std::string> Cluster::kubectl(const std::vector<std::string>& arguments,
                                     const std::string& input) {
  Run what{.program = programs() + "/kubectl",
           .arguments = {"--kubeconfig=" + kubeconfig(), "--cache-dir=" + folder() + "/kubectl"},
           .input = input,
           .patience = kKubectlPatience};
  what.arguments.insert(what.arguments.end(), arguments.begin(), arguments.end());
  auto ended = run(what);
  if (!ended) return ended.error();
  if (ended->status == 0) return std::move(ended->output);
  std::string text = "kubectl";
  for (const auto& argument : arguments) text += " " + argument;
  return invalid(text + ": " + last_line(ended->errors));
}

Result<> Cluster::add_nodes(const std::vector<std::string>& names) {
  std::string manifest;
  for (const auto& name : names) manifest += node_manifest(name);
  const auto made = kubectl({"create", "-f", "-"}, manifest);
  if (!made) return made.error();
  return {};
}

Result<> Cluster::await_nodes() {
  // `kubectl wait` asks for one node after another, which takes ten seconds for a hundred.
  // Without a controller manager nobody takes the taint of a new node away.
  const std::string taints =
      find("kube-controller-manager") == nullptr ? "" : "{.spec.taints[*].key}";
  const std::string states =
      "-o=jsonpath={range .items[*]}{.status.conditions[?(@.type==\"Ready\")].status}" + taints +
      ",{end}";
  Result<> outcome;
  static_cast<void>(eventually(kNodesPatience, [&] {
    const auto seen = kubectl({"get", "nodes", states});
    if (!seen) return outcome = seen.error(), true;
    const auto nodes = std::ranges::count(*seen, ',');
    const auto ready = count(*seen, "True,");
    if (nodes == ready) return outcome = Result<>(), true;
    outcome = invalid(std::to_string(ready) + " of " + std::to_string(nodes) + " nodes are Ready");
    return false;
  }));
  return outcome;
}

Result<std::string> Cluster::service_account_token(const TokenWish& wish) {
  std::vector<std::string> arguments{
      "create", "token", wish.account, "-n", wish.account_namespace, "--duration", wish.duration};
  if (!wish.audience.empty()) arguments.insert(arguments.end(), {"--audience", wish.audience});
  if (!wish.pod.empty()) {
    arguments.insert(arguments.end(), {"--bound-object-kind", "Pod", "--bound-object-name",
                                       wish.pod, "--bound-object-uid", wish.pod_uid});
  }
  auto token = kubectl(arguments);
  if (!token) return token.error();
  return last_line(*token);
}

Result<> Cluster::make_namespace(const std::string& name) {
  if (auto made = kubectl({"create", "namespace", name}); !made) return made.error();
  if (find("kube-controller-manager") == nullptr) return {};
  Result<> outcome;
  static_cast<void>(eventually(kNodesPatience, [&] {
    const auto account = kubectl({"get", "serviceaccount", "default", "-n", name});
    outcome = account ? Result<>() : Result<>(account.error());
    return outcome.has_value();
  }));
  return outcome;
}

std::vector<std::string> node_names(unsigned count, unsigned first) {
  std::vector<std::string> names;
  for (unsigned number = first; number < first + count; ++number) {
    std::string digits = std::to_string(number);
    if (digits.size() < 3) digits.insert(0, 3 - digits.size(), '0');
    names.push_back("node-" + digits);
  }
  return names;
}

}  // namespace kernwise::test
