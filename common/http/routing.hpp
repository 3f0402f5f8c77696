// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/http/server.hpp"

namespace kernwise::http {

/// The route of a request, or why there is none: `allow` lists the path's methods ("GET, POST") and
/// is empty when nothing lives there.
struct RouteMatch {
  const Route* route = nullptr;
  std::string allow = {};
};

/// An exact path wins over every prefix, a long prefix over a short one, whatever their methods.
[[nodiscard]] RouteMatch find_route(const std::vector<Route>& routes, std::string_view method,
                                    std::string_view path);

/// All methods of a listener, for requests that name no path.
[[nodiscard]] std::string all_methods(const std::vector<Route>& routes);

}  // namespace kernwise::http
