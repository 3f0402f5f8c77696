// SPDX-License-Identifier: Apache-2.0
// A container's side that comes from files: its cgroup's, and those of one of its processes.
#include "profiler/app/reporter_state.hpp"
#include "profiler/kernel/procfs.hpp"

namespace kernwise::profiler {
namespace {

/// Part of the window that a pressure total grew by.
double stalled(const std::optional<report::Pressure>& before,
               const std::optional<report::Pressure>& now, double seconds) {
  if (!before || !now || seconds <= 0) return 0;
  return static_cast<double>(sense::grown(before->full_us, now->full_us)) * 1e-6 / seconds;
}

}  // namespace

void Reporter::add_files(report::Container& container, History& history, const Window& window) {
  // Of one that is gone the last values stand.
  const bool gone = table_.containers().at(history.slot).gone_at_window.has_value();
  auto files = gone ? history.files : files_.read(container.path);
  if (!gone) add_cpu_v1(files, history.slot);
  container.cpu = files.cpu;
  container.cpu_limit = files.cpu_limit;
  container.pressure = files.pressure;
  container.memory_working_set_bytes = files.memory_working_set_bytes;
  history.memory_stalled =
      stalled(history.files.pressure.memory, files.pressure.memory, window.seconds);
  if (sources_.counters) {
    add_kernel_view(container, history, window);
  }
  const bool watched = sources_.counters && options_.scheduler;
  if (!watched) container.threads = sources_.cgroups->threads(container.path);
  if (!watched && window.seconds > 0 && history.files.cpu.usage_us > 0) {
    container.shares[Share::on_cpu] =
        static_cast<double>(sense::grown(history.files.cpu.usage_us, files.cpu.usage_us)) * 1e-6 /
        window.seconds;
  }
  history.files = files;
}

void Reporter::add_cpu_v1(kernel::CgroupFiles& files, std::uint32_t slot) const {
  const auto leader = leader_.find(slot);
  if (files.cpu.throttled_us || leader == leader_.end()) return;
  const auto cpu = cpu_v1_.read(leader->second);
  if (!cpu) return;
  files.cpu.periods = cpu->periods;
  files.cpu.throttled_periods = cpu->throttled_periods;
  files.cpu.throttled_us = cpu->throttled_us;
  files.cpu_limit = cpu->limit;
}

void Reporter::add_process_facts(report::Container& container, std::uint32_t slot) {
  const auto leader = leader_.find(slot);
  if (leader == leader_.end()) return;
  const auto netns = kernel::netns_of(options_.proc_root, leader->second);
  container.netns = netns.value_or(0);
  // Only a queue that somebody listens at can overflow.
  const bool listens =
      !container.listening_ports.empty() || (container.times && container.times->has_inbound);
  if (netns && listens) {
    container.listen_overflows = listen_queues_.overflows(*netns, leader->second);
  }
}

}  // namespace kernwise::profiler
