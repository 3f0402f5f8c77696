// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "common/base/options.hpp"
#include "common/base/result.hpp"
#include "profiler/export/kpod_metrics.hpp"
#include "profiler/kernel/programs.hpp"

namespace kernwise::profiler {

/// Every option of kernwise-profiler with its default, range and meaning.
[[nodiscard]] options::Program program();

/// Which collectors run: what `profile` says, or for `custom` what the switches say.
[[nodiscard]] Collectors collectors(const options::Settings& settings);

/// Numbers of `syscalls.tracked`, in its order. Errors: a name that is no system call of this
/// machine, one twice, too many.
[[nodiscard]] Result<std::vector<int>> tracked_syscalls(const options::Settings& settings);

/// Which kernel programs to load for that. Errors: those of tracked_syscalls.
[[nodiscard]] Result<kernel::ProgramOptions> program_options(const options::Settings& settings);

/// What /metrics shows: what is collected, without what no hook counts on this kernel. Absent is
/// told from zero by that.
[[nodiscard]] ExportOptions export_options(const options::Settings& settings,
                                           const std::vector<report::HookState>& hooks);

}  // namespace kernwise::profiler
