// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/api/prometheus_route.hpp"

#include <utility>

namespace kernwise::api {
namespace {

http::Response unconfigured() {
  return http::error_response(
      501, "prometheus.url: not configured; start with --prometheus.url=http://HOST:9090",
      "prometheus.url");
}

http::Response hand_back(const Result<http::Response>& answer) {
  if (!answer) {
    return http::error_response(502, "prometheus.url: " + answer.error().message(),
                                "prometheus.url");
  }
  // Prometheus explains bad queries itself, in JSON; anything else is not Prometheus.
  if (!answer->content_type.starts_with("application/json")) {
    return http::error_response(
        502, "prometheus.url: answered " + std::to_string(answer->status) + " without JSON",
        "prometheus.url");
  }
  return {.status = answer->status, .body = answer->body};
}

http::Handler forward(http::Client* client, const char* path) {
  return [client, path](const http::Request& request, const http::Respond& respond) {
    if (client == nullptr) return respond(unconfigured());
    std::string target = path;
    if (!request.query.empty()) target.append("?").append(request.query);
    client->send({.target = std::move(target), .headers = {{"Accept", "application/json"}}},
                 [respond](const Result<http::Response>& answer) { respond(hand_back(answer)); });
  };
}

}  // namespace

std::vector<http::Route> prometheus_routes(http::Client* client) {
  return {{.method = "GET", .path = "/v1/query", .handler = forward(client, "/api/v1/query")},
          {.method = "GET",
           .path = "/v1/query_range",
           .handler = forward(client, "/api/v1/query_range")}};
}

}  // namespace kernwise::api
