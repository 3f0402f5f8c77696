// SPDX-License-Identifier: Apache-2.0
#include "profiler/export/collectors.hpp"

namespace kernwise::profiler {

Collectors collectors_of(Profile profile) {
  Collectors collectors;
  collectors.cpu = collectors.oom = collectors.disk = collectors.cgroup_memory = true;
  if (profile == Profile::minimal) return collectors;
  collectors.tcp = collectors.faults = collectors.iface = collectors.fs = true;
  collectors.stacks = collectors.waits = true;
  if (profile == Profile::standard) return collectors;
  collectors.syscalls = collectors.packets = collectors.disk_latency = true;
  return collectors;
}

}  // namespace kernwise::profiler
