// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/http/server.hpp"

namespace kernwise::api {

/// One thing that must be so; `good` is asked on the listener's thread.
struct HealthCheck {
  std::string name;
  std::function<bool()> good;
};

/// `ok` or 503 with the names of what is not; `?verbose` lists every check.
[[nodiscard]] http::Handler health(std::vector<HealthCheck> checks);

/// GET /livez, /healthz (the same) and /readyz.
[[nodiscard]] std::vector<http::Route> health_routes(const std::vector<HealthCheck>& live,
                                                     const std::vector<HealthCheck>& ready);

}  // namespace kernwise::api
