// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string_view>

namespace kernwise::kube {

/// Namespaces whose pods belong to the cluster itself, as an option's list is written.
inline constexpr const char* kSystemNamespaces = "kube-system,kube-public,kube-node-lease";

/// True for one of them.
[[nodiscard]] constexpr bool is_system_namespace(std::string_view name) {
  for (std::string_view rest = kSystemNamespaces; !rest.empty();) {
    const auto end = std::min(rest.find(','), rest.size());
    if (rest.substr(0, end) == name) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

}  // namespace kernwise::kube
