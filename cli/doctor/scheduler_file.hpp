// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/doctor/scheduler_checks.hpp"
#include "common/base/result.hpp"

namespace kernwise::doctor {

/// What a KubeSchedulerConfiguration says that concerns us.
struct SchedulerFile {
  std::vector<Extender> extenders = {};  ///< ours, see read_scheduler_file
  std::vector<std::string> profiles = {};
  bool elects_leader = true;
  std::string lease = {};  ///< `namespace/name`
};

/// Reads the file of a kube-scheduler, with kube-scheduler's own defaults for what is left out. An
/// extender is ours when its address names us or the port 8888, or when it is the only one: that is
/// the one somebody has wired wrongly. Errors name the line or the field.
[[nodiscard]] Result<SchedulerFile> read_scheduler_file(std::string_view text);

/// A duration as Go writes it: `200ms`, `1.5s`, `1m0s`. Errors: it is none.
[[nodiscard]] Result<std::chrono::milliseconds> go_duration(std::string_view text);

}  // namespace kernwise::doctor
