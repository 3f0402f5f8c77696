// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/app/kubernetes.hpp"

#include <unistd.h>

#include "common/kube/system_namespaces.hpp"

namespace kernwise::orchestrator {
namespace {

constexpr const char* kToken = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// Pods without a token of their own are no place to ask the API server from.
bool is_in_pod(const options::Environment& environment) {
  const auto host = environment.find("KUBERNETES_SERVICE_HOST");
  return host != environment.end() && !host->second.empty() && ::access(kToken, R_OK) == 0;
}

}  // namespace

std::vector<options::Option> kubernetes_options() {
  using options::any_text;
  return {
      {"standalone", "false", options::boolean(),
       "never speak to Kubernetes, not even in a pod: kubernetes.enabled=false"},
      {"kubernetes.enabled", "auto", options::one_of({"auto", "true", "false"}),
       "take names and objects from a cluster; auto = in a pod or with a kubeconfig"},
      {"kubernetes.kubeconfig", "", any_text(),
       "kubeconfig file; empty = the service account of this pod"},
      {"kubernetes.context", "", any_text(), "context of the kubeconfig; empty = its current one"},
      {"filter.exclude_namespaces", kube::kSystemNamespaces, options::list(),
       "namespaces whose pods are counted and never decided about"},
      {"filter.namespaces", "", options::list(), "namespaces to decide about; empty = all"},
  };
}

Result<> read_kubernetes(const options::Settings& settings, const options::Environment& environment,
                         Config& config) {
  const std::string& enabled = settings.text("kubernetes.enabled");
  Kubernetes& kubernetes = config.kubernetes;
  kubernetes.kubeconfig = settings.text("kubernetes.kubeconfig");
  kubernetes.context = settings.text("kubernetes.context");
  kubernetes.exclude_namespaces = settings.list("filter.exclude_namespaces");
  kubernetes.namespaces = settings.list("filter.namespaces");
  if (!kubernetes.context.empty() && kubernetes.kubeconfig.empty()) {
    return invalid("kubernetes.context: needs kubernetes.kubeconfig");
  }
  if (settings.flag("standalone")) {
    if (enabled == "true") return invalid("standalone: contradicts kubernetes.enabled=true");
    return {};
  }
  const bool possible = !kubernetes.kubeconfig.empty() || is_in_pod(environment);
  if (enabled == "true" && !possible) {
    return invalid("kubernetes.enabled: neither in a pod nor with kubernetes.kubeconfig");
  }
  kubernetes.enabled = enabled != "false" && possible;
  return {};
}

}  // namespace kernwise::orchestrator
