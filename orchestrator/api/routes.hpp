// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "common/http/server.hpp"
#include "orchestrator/api/sources.hpp"

namespace kernwise::api {

/// What time it is; the API's only clock.
struct Now {
  MonoTime mono;
  WallTime wall;
};
using Clock = std::function<Now()>;

/// GET /metrics and the lists: /v1/nodes, /v1/pods, /v1/workloads, /v1/view, /v1/decisions,
/// /v1/profiles, /v1/placements. Lists take `limit`; pods also `namespace`, `node` and `workload`.
[[nodiscard]] std::vector<http::Route> list_routes(const Sources& sources, const Clock& clock);

/// GET /v1/explain/pod/NAMESPACE/POD, /v1/explain/node/NODE,
/// /v1/explain/workload/NAMESPACE/KIND/NAME. `limit` nodes in the rating, best first.
[[nodiscard]] std::vector<http::Route> explain_routes(const Sources& sources, const Clock& clock);

/// POST /v1/whatif: how the pod of `{"Pod":{...}}` would be rated on every node now. Commits
/// nothing. `limit` nodes, best first.
[[nodiscard]] std::vector<http::Route> whatif_routes(const Sources& sources, const Clock& clock);

/// GET /v1/placements/inputs: what the newest answers to the scheduler were made of, `tables` of
/// node rows and `items` that refer to them, to the last bit. `limit` answers; fewer where their
/// tables are large.
[[nodiscard]] std::vector<http::Route> placement_input_routes(const Sources& sources,
                                                              const Clock& clock);

/// GET /v1/history?since=&kind=&limit=, newest first. Without a file only decisions, from memory.
[[nodiscard]] std::vector<http::Route> history_routes(const Sources& sources, const Clock& clock);

}  // namespace kernwise::api
