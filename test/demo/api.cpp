// SPDX-License-Identifier: Apache-2.0
#include "test/demo/api.hpp"

#include <utility>

namespace kernwise::demo {
namespace {

Result<json::Value> exchange(const http::Url& server, const http::ClientRequest& request) {
  const std::string step = request.method + " " + request.target;
  const auto response = http::fetch(server, request);
  if (!response) return wrap(response.error(), step);
  if (response->status != 200)
    return invalid(step + ": status " + std::to_string(response->status) + " " + response->body);
  auto value = json::parse(response->body, {.depth = 32, .bytes = 16UL * 1024 * 1024});
  if (!value) return wrap(value.error(), step);
  return value;
}

}  // namespace

Result<http::Url> origin_of(const std::string& endpoint) {
  return http::parse_url("http://" + endpoint);
}

Result<json::Value> get_json(const http::Url& server, const std::string& target) {
  return exchange(server, {.target = target});
}

Result<json::Value> post_json(const http::Url& server, const std::string& target,
                              const std::string& body) {
  return exchange(server, {.method = "POST",
                           .target = target,
                           .headers = {{"content-type", "application/json"}},
                           .body = body});
}

}  // namespace kernwise::demo
