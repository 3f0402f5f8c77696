// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "common/base/json.hpp"
#include "common/http/server.hpp"

/// Routes asked without a socket.
namespace kernwise::test {

/// The answer of the route at `path` (or of the one whose prefix it has) to that request.
inline http::Response ask(const std::vector<http::Route>& routes, http::Request request) {
  for (const http::Route& route : routes) {
    const bool prefix = route.path.ends_with("/*") &&
                        request.path.starts_with(route.path.substr(0, route.path.size() - 1));
    if (route.path != request.path && !prefix) continue;
    http::Response answer{.status = 0};
    route.handler(request, [&answer](http::Response given) { answer = std::move(given); });
    return answer;
  }
  throw std::logic_error("no such route: " + request.path);
}

inline http::Request request(std::string method, std::string path, std::string query = {}) {
  http::Request request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.query = std::move(query);
  return request;
}

inline http::Response get(const std::vector<http::Route>& routes, std::string path,
                          std::string query = {}) {
  return ask(routes, request("GET", std::move(path), std::move(query)));
}

inline json::Value parsed(const http::Response& answer) {
  return json::parse(answer.body, {.depth = 32}).value();
}

}  // namespace kernwise::test
