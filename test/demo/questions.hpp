// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/http/client.hpp"
#include "test/demo/state.hpp"

namespace kernwise::demo {

/// The orchestrator's listeners.
struct Endpoints {
  http::Url scheduler, ingest, api;
};

/// `listening scheduler=H:P ingest=H:P api=H:P`, without its first word, as the orchestrator prints
/// it. Errors: one of them is missing.
[[nodiscard]] Result<Endpoints> parse_endpoints(const std::string& line);

/// Asks as kube-scheduler does where one more replica of `service` should go, over all nodes that
/// the orchestrator knows, and why.
[[nodiscard]] Result<Placement> ask_placement(const Endpoints& endpoints,
                                              const std::string& service, const std::string& what);

/// The verdicts, two placements (a disk-bound and a CPU-bound pod) and the scaling decisions.
[[nodiscard]] Result<Outcome> ask_everything(const Endpoints& endpoints);

}  // namespace kernwise::demo
