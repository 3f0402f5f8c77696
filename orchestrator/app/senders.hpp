// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "common/kube/client.hpp"
#include "common/kube/events.hpp"
#include "orchestrator/app/core.hpp"
#include "orchestrator/ingest/doorkeeper.hpp"

/// Who may report to this program on a cluster.
namespace kernwise::orchestrator {

/// A client for the API server of `kubernetes`. Errors: the kubeconfig, or not in a pod.
[[nodiscard]] Result<std::unique_ptr<kube::KubeClient>> connect(boost::asio::io_context& io,
                                                                const Kubernetes& kubernetes);

/// Asks `client` about the tokens of reports; counts in the registry of `core`, finds pods in its
/// names. Both must outlive it. `tell` gets an Event about the Node whose profiler reports for
/// another.
[[nodiscard]] std::unique_ptr<ingest::Doorkeeper> make_doorkeeper(
    kube::KubeClient& client, const Config& config, Core& core,
    std::function<void(kube::Event event)> tell);

}  // namespace kernwise::orchestrator
