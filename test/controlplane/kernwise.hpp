// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/report/report.hpp"
#include "test/demo/process.hpp"
#include "test/demo/questions.hpp"

/// Our own programs beside a control plane.
namespace kernwise::test {

/// The orchestrator of this build, on free ports.
struct RunningOrchestrator {
  demo::Process process;
  demo::Endpoints at;
};

/// `folder` gets its log; `arguments` come after those that choose the ports. Errors: it did not
/// start, with its last words.
[[nodiscard]] Result<RunningOrchestrator> start_orchestrator(
    const std::string& folder, const std::vector<std::string>& arguments = {});

/// What the programs of a pod get of its service account and of the cluster.
struct PodIdentity {
  std::string host, port;  ///< of the API server
  std::string ca_file, token, name_space;
};

/// The same as in a pod: the address in its environment, the account's files in their place. Needs
/// root: that place is in a mount namespace of its own.
[[nodiscard]] Result<RunningOrchestrator> start_orchestrator_in_pod(
    const std::string& folder, const PodIdentity& identity,
    const std::vector<std::string>& arguments = {});

/// What the profiler of a node says whose threads wait for a CPU in `contention` (0 to below 1) of
/// the time that they want one. Each call makes the report of the next window.
[[nodiscard]] report::Report node_report(const std::string& node, double contention);

/// Reports as a profiler does. Errors: it was not taken.
[[nodiscard]] Result<> send_report(const http::Url& ingest, const report::Report& report);

}  // namespace kernwise::test
