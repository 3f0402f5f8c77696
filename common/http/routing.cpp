// SPDX-License-Identifier: Apache-2.0
#include "common/http/routing.hpp"

#include <algorithm>
#include <cstddef>

namespace kernwise::http {
namespace {

/// How closely a pattern names `path`; 0 = not at all. Exact is closest.
std::size_t closeness(std::string_view pattern, std::string_view path) {
  if (pattern == path) return std::string_view::npos;
  if (!pattern.ends_with("/*")) return 0;
  pattern.remove_suffix(1);
  return path.starts_with(pattern) ? pattern.size() : 0;
}

void add_method(std::string& list, std::string_view method) {
  const std::string padded = ", " + list + ",";
  if (padded.find(", " + std::string(method) + ",") != std::string::npos) return;
  if (!list.empty()) list += ", ";
  list += method;
}

}  // namespace

RouteMatch find_route(const std::vector<Route>& routes, std::string_view method,
                      std::string_view path) {
  std::size_t closest = 0;
  for (const Route& route : routes) closest = std::max(closest, closeness(route.path, path));
  if (closest == 0) return {};
  RouteMatch match;
  for (const Route& route : routes) {
    if (closeness(route.path, path) != closest) continue;
    if (route.method == method) return {&route, {}};
    add_method(match.allow, route.method);
  }
  return match;
}

std::string all_methods(const std::vector<Route>& routes) {
  std::string list;
  for (const Route& route : routes) add_method(list, route.method);
  return list;
}

}  // namespace kernwise::http
