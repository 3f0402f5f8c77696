// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "orchestrator/app/config.hpp"

/// Whether the program lives on a cluster, and on which.
namespace kernwise::orchestrator {

/// The options `standalone`, `kubernetes.*` and `filter.*`.
[[nodiscard]] std::vector<options::Option> kubernetes_options();

/// Reads them into `config`. `kubernetes.enabled: auto` means: with a kubeconfig, or in a pod,
/// which `environment` tells. Errors name the option: two that contradict each other.
[[nodiscard]] Result<> read_kubernetes(const options::Settings& settings,
                                       const options::Environment& environment, Config& config);

}  // namespace kernwise::orchestrator
