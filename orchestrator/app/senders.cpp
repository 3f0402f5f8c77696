// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/app/senders.hpp"

#include <utility>

#include "common/base/utf8.hpp"
#include "common/kube/access.hpp"
#include "common/kube/http_client.hpp"
#include "common/kube/retry.hpp"
#include "orchestrator/api/metrics.hpp"

namespace kernwise::orchestrator {

Result<std::unique_ptr<kube::KubeClient>> connect(boost::asio::io_context& io,
                                                  const Kubernetes& kubernetes) {
  auto access = kubernetes.kubeconfig.empty()
                    ? kube::in_cluster_access(options::process_environment())
                    : kube::kubeconfig_access(kubernetes.kubeconfig, kubernetes.context);
  if (!access) return wrap(access.error(), "kubernetes");
  if (access->plugin) {  // it takes as long as it takes, and everybody here would wait
    return invalid(
        "kubernetes.kubeconfig: credential plugins run on the command line only; use a "
        "token file, a certificate or the service account of a pod");
  }
  return std::unique_ptr<kube::KubeClient>(std::make_unique<kube::RetryingClient>(
      std::make_unique<kube::HttpKubeClient>(io, *std::move(access)), kube::clock_of(io)));
}

std::unique_ptr<ingest::Doorkeeper> make_doorkeeper(kube::KubeClient& client, const Config& config,
                                                    Core& core,
                                                    std::function<void(kube::Event event)> tell) {
  ingest::Doorkeeper::Options options;
  options.rules.user = config.profiler_user;
  options.node_of_pod = [&core](const std::string& uid) { return core.node_of_pod(uid); };
  options.count = [&core](std::string_view result) {
    core.registry().add(api::metric::kTokenReviews, {{"result", std::string(result)}});
  };
  options.alarm = [tell = std::move(tell)](const std::string& node, const std::string& claimed) {
    tell({.regarding =
              {.api_version = "v1", .kind = "Node", .name_space = {}, .name = node, .uid = {}},
          .action = "Report",
          .reason = "ReportForAnotherNode",
          .note = "The profiler of this node reported for " + printable(claimed, 253) +
                  "; the report was refused.",
          .warning = true});
  };
  options.now = [] {
    return ingest::Authenticator::Moment{Monotonic::now(), std::chrono::system_clock::now()};
  };
  return std::make_unique<ingest::Doorkeeper>(client, std::move(options));
}

}  // namespace kernwise::orchestrator
