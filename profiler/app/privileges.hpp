// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "profiler/kernel/capabilities.hpp"

namespace kernwise::profiler {

/// What this process or this kernel does not have and what that costs, one text each: missing
/// capabilities (of `held`), pressure stall information. The rest runs.
[[nodiscard]] std::vector<std::string> missing_means(const kernel::CapabilitySet& held,
                                                     const std::string& proc_root, bool programs);

/// What is still needed once everything is attached.
struct StillNeeded {
  bool processes = true;      ///< maps and namespaces of processes, cgroup handles
  bool new_cpus = false;      ///< perf events on CPUs that come later
  bool measure_cost = false;  ///< run time statistics every minute
};
[[nodiscard]] kernel::CapabilitySet capabilities_for(const StillNeeded& needed);

/// Gives up all capabilities but `kept`, and CAP_BPF only when `works` (map reads and updates, the
/// task iterator) does without: from kernel 5.19 on descriptors are enough for that. Gives what was
/// kept of what was held. Call before threads exist. Errors: capset refused.
[[nodiscard]] Result<kernel::CapabilitySet> drop_privileges(kernel::CapabilitySet kept,
                                                            const std::function<bool()>& works);

}  // namespace kernwise::profiler
