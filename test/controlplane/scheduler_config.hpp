// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/base/result.hpp"

namespace kernwise::test {

/// The default scheduler without extenders.
inline constexpr const char* kPlainScheduler =
    "apiVersion: kubescheduler.config.k8s.io/v1\n"
    "kind: KubeSchedulerConfiguration\n"
    "leaderElection: {leaderElect: false}\n";

/// The same configuration for a scheduler that finds the API server through `kubeconfig`, with
/// requests enough for a test's burst of pods. Errors: it is no YAML map.
[[nodiscard]] Result<std::string> connect_scheduler(const std::string& config,
                                                    const std::string& kubeconfig);

/// A file of scheduler-config/ with another address of its extender, for instance
/// `http://127.0.0.1:1234`, and nothing else changed. Errors: the file has not exactly one.
[[nodiscard]] Result<std::string> shipped_config(const std::string& file, const std::string& url);

}  // namespace kernwise::test
