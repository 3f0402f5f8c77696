// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/api/health.hpp"

#include <utility>

namespace kernwise::api {
namespace {

bool wants_details(const http::Request& request) {
  return request.query == "verbose" || request.query.starts_with("verbose=") ||
         request.query.starts_with("verbose&");
}

http::Response examine(const std::vector<HealthCheck>& checks, bool details) {
  std::string text;
  bool healthy = true;
  for (const HealthCheck& check : checks) {
    const bool good = check.good();
    healthy = healthy && good;
    if (details || !good)
      text += (good ? "[+]" : "[-]") + check.name + (good ? " ok\n" : " failed\n");
  }
  text += healthy ? "ok" : "failed";
  return http::text_response(healthy ? 200 : 503, std::move(text));
}

}  // namespace

http::Handler health(std::vector<HealthCheck> checks) {
  return http::immediate([checks = std::move(checks)](const http::Request& request) {
    return examine(checks, wants_details(request));
  });
}

std::vector<http::Route> health_routes(const std::vector<HealthCheck>& live,
                                       const std::vector<HealthCheck>& ready) {
  return {{.method = "GET", .path = "/livez", .handler = health(live)},
          {.method = "GET", .path = "/healthz", .handler = health(live)},
          {.method = "GET", .path = "/readyz", .handler = health(ready)}};
}

}  // namespace kernwise::api
