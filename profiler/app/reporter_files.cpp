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

/// Time that threads waited with in_iowait set: what io.pressure is made of.
std::uint64_t io_waits(const kw_slot& slot) {
  return slot.class_ns[KW_CLASS_DISK] + slot.class_ns[KW_CLASS_IO_URING] +
         slot.class_ns[KW_CLASS_MEM];
}

}  // namespace

/// What io.pressure says when nothing can have moved it since the last window: no thread waited for
/// I/O. Every twelfth window it is read all the same.
std::optional<report::Pressure> Reporter::unmoved_io(const History& history,
                                                     const Window& window) const {
  constexpr std::uint64_t kReadEvery = 12;
  if (!sources_.counters || !options_.scheduler || !valve_.reasons) return std::nullopt;
  if ((window_ + history.slot) % kReadEvery == 0 || history.reading.slot.cgroup_id == 0)
    return std::nullopt;
  const bool moved = io_waits(history.reading.slot) != io_waits(window.reading.slot);
  return moved ? std::nullopt : history.files.pressure.io;
}

void Reporter::add_files(report::Container& container, History& history, const Window& window) {
  // Of one that is gone the last values stand.
  const bool gone = table_.containers().at(history.slot).gone_at_window.has_value();
  auto files = gone ? history.files : files_.read(container.path, unmoved_io(history, window));
  if (!gone) add_cpu_v1(files, history);
  container.cpu = files.cpu;
  container.cpu_limit = files.cpu_limit;
  container.pressure = files.pressure;
  container.memory_working_set_bytes = files.memory_working_set_bytes;
  history.memory_stalled =
      stalled(history.files.pressure.memory, files.pressure.memory, window.seconds);
  if (sources_.counters) {
    add_kernel_view(container, history, window);
  }
  const bool walked = sources_.counters && options_.scheduler;
  const bool watched = walked && valve_.switches;
  if (!walked) container.threads = sources_.cgroups->threads(container.path);
  if (!watched && window.seconds > 0 && history.files.cpu.usage_us > 0) {
    container.shares[Share::on_cpu] =
        static_cast<double>(sense::grown(history.files.cpu.usage_us, files.cpu.usage_us)) * 1e-6 /
        window.seconds;
  }
  if (walked && !watched) container.times.reset();
  history.files = files;
}

void Reporter::add_cpu_v1(kernel::CgroupFiles& files, History& history) {
  const auto leader = leader_.find(history.slot);
  if (files.cpu.throttled_us || leader == leader_.end()) return;
  const auto cpu = cpu_v1_.read(leader->second.tgid, leader->second.start_ns, history.cpu_v1);
  if (!cpu) return;
  files.cpu.periods = cpu->periods;
  files.cpu.throttled_periods = cpu->throttled_periods;
  files.cpu.throttled_us = cpu->throttled_us;
  files.cpu_limit = cpu->limit;
}

void Reporter::add_process_facts(report::Container& container, std::uint32_t slot) {
  const auto leader = leader_.find(slot);
  if (leader == leader_.end()) return;
  container.netns = leader->second.netns;
  // Only a queue that somebody listens at can overflow.
  const bool listens =
      !container.listening_ports.empty() || (container.times && container.times->has_inbound);
  if (container.netns != 0 && listens) {
    container.listen_overflows = listen_queues_.overflows(container.netns, leader->second.tgid);
  }
}

}  // namespace kernwise::profiler
