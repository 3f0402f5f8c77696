// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "common/kube/client.hpp"

namespace kernwise::kube {

/// Where objects live: `{"apps/v1", "deployments", "shop", "web"}`.
struct ObjectPath {
  std::string api = {};         ///< `v1` (the core) or `group/version`
  std::string plural = {};      ///< `deployments`
  std::string name_space = {};  ///< empty: of the whole cluster
  std::string name = {};        ///< empty: the whole collection
  bool operator==(const ObjectPath&) const = default;
};

/// The Node of that name.
[[nodiscard]] inline ObjectPath node_path(std::string name) {
  return {.api = "v1", .plural = "nodes", .name_space = {}, .name = std::move(name)};
}

/// `/apis/apps/v1/namespaces/shop/deployments/web/scale`; each part percent-encoded, so that no
/// name leads anywhere else.
[[nodiscard]] std::string path_of(const ObjectPath& object, std::string_view subresource = {});

/// Everything but letters, digits and `-._~` as `%2F` (RFC 3986 section 2.3).
[[nodiscard]] std::string percent_encode(std::string_view text);

/// The path and the query as they are sent: `/api/v1/pods?watch=1&fieldSelector=a%3Db`.
[[nodiscard]] std::string target_of(const Request& request);

}  // namespace kernwise::kube
