// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "common/http/client.hpp"
#include "common/http/server.hpp"

namespace kernwise::api {

/// GET /v1/query and /v1/query_range: PromQL, handed to the Prometheus behind `client` with the
/// parameters as they are, and its answer handed back. `client` is nullptr where none is configured
/// (501); 502 when it does not answer.
[[nodiscard]] std::vector<http::Route> prometheus_routes(http::Client* client);

}  // namespace kernwise::api
