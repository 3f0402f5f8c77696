// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <string>

#include "cli/server.hpp"

/// One function per verb. Errors are for people.
namespace kernwise::cli {

struct Output {
  std::ostream& to;
  bool json = false;  ///< the document of the API as it came
};

/// `kind` is pod, node or workload; `name` as in the API's path.
[[nodiscard]] Result<> explain(const Server& server, const std::string& kind,
                               const std::string& name, const Output& output);

/// How the pod of a YAML file would be rated on every node now; nothing is committed.
[[nodiscard]] Result<> what_if(const Server& server, const std::string& file, const Output& output);

struct Replay {
  std::string weights;  ///< changes for placement::adjust
  std::string file;     ///< saved inputs to read instead of asking
  std::string save;     ///< file to keep the inputs in; empty: none
  std::size_t limit = 100;
};
/// Works the last answers to the scheduler out again and tells what other weights would have said.
/// An answer that cannot be reproduced to the last bit is an error.
[[nodiscard]] Result<> replay(const Server& server, const Replay& replay, const Output& output);

/// `kind` is nodes, pods or workloads.
[[nodiscard]] Result<> top(const Server& server, const std::string& kind, const Output& output);
[[nodiscard]] Result<> decisions(const Server& server, const Output& output);

struct DoctorScheduler {
  std::string config;      ///< KubeSchedulerConfiguration of the scheduler
  std::string prefix;      ///< `scheduler.prefix` of the orchestrator
  std::string kubeconfig;  ///< of the cluster; empty: it is not looked at
  std::string context;
};
/// Looks for the mistakes of wiring a kube-scheduler to us and says what to do. An error when there
/// is one.
[[nodiscard]] Result<> doctor_scheduler(const DoctorScheduler& asked, const Output& output);

/// The script that completes our words in `shell` (bash, zsh or fish); empty for another.
[[nodiscard]] std::string completion(const std::string& shell);

}  // namespace kernwise::cli
