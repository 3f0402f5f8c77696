// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/http/client.hpp"
#include "common/report/report.hpp"
#include "test/controlplane/cluster.hpp"

namespace kernwise::test {

/// Tokens of profilers' pods for the orchestrator, by node.
using ProfilerTokens = std::map<std::string, std::string>;

/// A profiler's pod on each of these nodes, as the DaemonSet would make it; once per cluster.
[[nodiscard]] Result<ProfilerTokens> make_profilers(Cluster& cluster,
                                                    const std::vector<std::string>& nodes);

/// As send_report(), but with a token.
[[nodiscard]] Result<> send_report(const http::Url& ingest, const report::Report& report,
                                   const std::string& token);

}  // namespace kernwise::test
