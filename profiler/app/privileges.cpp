// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/privileges.hpp"

#include <unistd.h>

namespace kernwise::profiler {

using kernel::Capability;
using kernel::CapabilitySet;

std::vector<std::string> missing_means(const CapabilitySet& held, const std::string& proc_root,
                                       bool programs) {
  auto missing = kernel::missing_capabilities(held, programs);
  if (::access((proc_root + "/pressure/cpu").c_str(), R_OK) != 0) {
    missing.emplace_back("PSI is off: stalls on CPU, I/O and memory are not read (psi=1)");
  }
  return missing;
}

CapabilitySet capabilities_for(const StillNeeded& needed) {
  CapabilitySet kept;
  if (needed.processes) {
    kept.add(Capability::sys_ptrace);       // /proc/PID/{maps,root,ns}
    kept.add(Capability::dac_read_search);  // open_by_handle_at
  }
  if (needed.new_cpus) kept.add(Capability::perfmon);        // perf_event_open of a new CPU
  if (needed.measure_cost) kept.add(Capability::sys_admin);  // BPF_ENABLE_STATS
  return kept;
}

Result<CapabilitySet> drop_privileges(CapabilitySet kept, const std::function<bool()>& works) {
  const auto held = kernel::effective_capabilities();
  if (!held) return wrap(held.error(), "drop capabilities");
  kept = kept.common_with(*held);
  if (held->has(Capability::bpf)) {
    if (auto tried = kernel::make_effective(kept); !tried) return tried.error();
    if (!works()) kept.add(Capability::bpf);
  }
  if (auto dropped = kernel::keep_only(kept); !dropped) {
    return wrap(dropped.error(), "drop capabilities");
  }
  return kept;
}

}  // namespace kernwise::profiler
