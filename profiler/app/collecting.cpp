// SPDX-License-Identifier: Apache-2.0
// From options to what is collected.
#include <algorithm>

#include "ebpf/kernwise_counters.h"
#include "profiler/app/options.hpp"
#include "profiler/kernel/syscalls.hpp"

namespace kernwise::profiler {

Collectors collectors(const options::Settings& settings) {
  const auto& profile = settings.text("profile");
  if (profile == "minimal") return collectors_of(Profile::minimal);
  if (profile == "standard") return collectors_of(Profile::standard);
  if (profile == "comprehensive") return collectors_of(Profile::comprehensive);
  Collectors wanted;
  wanted.cpu = settings.flag("collect.cpu");
  wanted.tcp = settings.flag("collect.tcp");
  wanted.oom = settings.flag("collect.oom");
  wanted.faults = settings.flag("collect.faults");
  wanted.syscalls = settings.flag("collect.syscalls");
  wanted.disk = wanted.disk_latency = settings.flag("collect.disk");
  wanted.iface = settings.flag("collect.iface");
  wanted.fs = settings.flag("collect.fs");
  wanted.cgroup_memory = settings.flag("collect.cgroup_memory");
  wanted.stacks = settings.flag("collect.stacks");
  wanted.waits = settings.flag("collect.waits");
  wanted.packets = settings.flag("collect.packets") && wanted.tcp;
  return wanted;
}

Result<std::vector<int>> tracked_syscalls(const options::Settings& settings) {
  std::vector<int> numbers;
  for (const auto& name : settings.list("syscalls.tracked")) {
    const auto number = kernel::syscall_number(name);
    if (!number)
      return invalid("syscalls.tracked: no system call of this machine is '" + name + "'");
    if (std::ranges::find(numbers, *number) != numbers.end()) {
      return invalid("syscalls.tracked: '" + name + "' is there twice");
    }
    numbers.push_back(*number);
  }
  if (numbers.size() > KW_MAX_TRACKED) {
    return invalid("syscalls.tracked: at most " + std::to_string(KW_MAX_TRACKED));
  }
  return numbers;
}

Result<kernel::ProgramOptions> program_options(const options::Settings& settings) {
  const auto wanted = collectors(settings);
  auto tracked = tracked_syscalls(settings);
  if (!tracked) return tracked.error();
  kernel::ProgramOptions options;
  options.scheduler = wanted.cpu || wanted.waits;
  options.stacks = wanted.stacks;
  options.network = wanted.tcp;
  options.block = wanted.disk;
  options.oom = wanted.oom;
  options.faults = wanted.faults;
  options.packets = wanted.packets;
  options.reasons = wanted.waits;
  if (wanted.syscalls) options.syscalls = std::move(*tracked);
  return options;
}

ExportOptions export_options(const options::Settings& settings,
                             const std::vector<report::HookState>& hooks) {
  const auto off = [&hooks](const char* name) {
    return std::ranges::any_of(
        hooks, [name](const auto& hook) { return hook.hook == name && hook.mode == "off"; });
  };
  ExportOptions options;
  auto& collected = options.collected = collectors(settings);
  collected.tcp &= !off("inet_sock_set_state");
  collected.packets &= !off("kfree_skb");
  collected.oom &= !off("mark_victim") && !off("sched_process_exit");
  collected.faults &= !off("page_faults_maj");
  collected.syscalls &= !off("sys_enter") && !off("sys_exit");
  collected.disk &= !off("block_rq_issue") && !off("block_rq_complete");
  options.tcp_bytes = !off("sock_send_length") && !off("sock_recv_length");
  const auto& histograms = settings.text("metrics.histograms");
  options.histograms = histograms == "full"    ? Histograms::full
                       : histograms == "brief" ? Histograms::brief
                                               : Histograms::summary;
  options.syscalls = settings.list("syscalls.tracked");
  return options;
}

}  // namespace kernwise::profiler
