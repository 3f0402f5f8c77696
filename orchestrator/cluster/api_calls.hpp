// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace kernwise::cluster {

/// One thing this program does at the API server, as RBAC names it.
struct ApiCall {
  std::string_view group;     ///< empty: the core group
  std::string_view resource;  ///< `pods`, `deployments/scale`
  std::string_view verb;
  bool own_namespace = false;  ///< in the namespace of its pods only
  /// The part of manifests/ that grants it.
  std::string_view granted_in = "orchestrator";
  auto operator<=>(const ApiCall&) const = default;
};

/// Every call there is. The rules in manifests/ grant these and no others.
[[nodiscard]] std::span<const ApiCall> api_calls();

}  // namespace kernwise::cluster
