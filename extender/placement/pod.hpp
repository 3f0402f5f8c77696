// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kernwise::placement {

/// One entry of metadata.ownerReferences.
struct Owner {
  std::string kind, name, uid;
  bool controller = false;
};

/// Effective requests (or limits) of a whole pod; absent = nobody asked for any.
struct Resources {
  std::optional<double> cores;
  std::optional<double> memory_bytes;
};

using TextPairs = std::vector<std::pair<std::string, std::string>>;

/// What placement wants to know of the arriving pod, and nothing more: no environment, no volumes,
/// only annotations of our own prefix.
struct PodFacts {
  std::string uid, pod_namespace, name;
  std::string scheduler_name;
  std::string node_name;       ///< already bound (a question about the past), else empty
  std::string nominated_node;  ///< it has preempted others there, else empty
  std::int32_t priority = 0;
  std::vector<Owner> owners;
  TextPairs labels;
  TextPairs annotations;            ///< `kernwise.io/...` only
  std::vector<std::string> images;  ///< of the main containers, in their order
  Resources requests, limits;

  /// The owner that controls the pod, or nullptr.
  [[nodiscard]] const Owner* controller() const;
  /// Value of a label or of one of our annotations; empty when absent.
  [[nodiscard]] std::string_view label(std::string_view key) const;
  [[nodiscard]] std::string_view annotation(std::string_view key) const;
};

}  // namespace kernwise::placement
