// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "profiler/discovery/filter.hpp"

/// Pods as the kubelet and the API server tell them.
namespace kernwise::discovery {

struct PodContainer {
  std::string name;
  std::string id;                        ///< 64 hex digits; empty while it has not started
  std::optional<double> request, limit;  ///< cores
  bool operator==(const PodContainer&) const = default;
};

struct PodRecord {
  std::string uid;
  /// The uid that the cgroup of a static pod has (annotation kubernetes.io/config.hash); empty for
  /// others.
  std::string config_hash;
  std::string pod_namespace, name;
  std::string workload;  ///< `Deployment/svc-cpu`; empty without an owner
  Labels labels;
  std::vector<PodContainer> containers;  ///< init and ephemeral ones, too
  bool operator==(const PodRecord&) const = default;
};

struct PodList {
  std::vector<PodRecord> pods;
  std::string resource_version;
};
/// A v1 PodList: of the kubelet's /pods or of a list request. A pod without uid, namespace or name
/// is left out; at most 1024 pods, 128 containers each. Errors: not JSON, not a list.
[[nodiscard]] Result<PodList> parse_pod_list(std::string_view text);

struct PodEvent {
  enum class Kind { added, modified, deleted, bookmark, error };
  Kind kind = Kind::error;
  PodRecord pod;                 ///< of added, modified, deleted
  std::string resource_version;  ///< empty with errors
  int code = 0;                  ///< of an error: 410 = list again
};
/// One line of a watch. Errors: not JSON, no such type.
[[nodiscard]] Result<PodEvent> parse_pod_event(std::string_view line);

}  // namespace kernwise::discovery
