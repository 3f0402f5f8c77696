// SPDX-License-Identifier: Apache-2.0
// A container's side that comes from files: its cgroup's, and those of one of its processes.
#include <algorithm>
#include <numeric>

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

/// Time that threads waited for a CPU: cpu.pressure grows by at most as much.
std::uint64_t cpu_waits(const kw_slot& slot) {
  return std::accumulate(std::begin(slot.runq_ns), std::end(slot.runq_ns),
                         slot.class_ns[KW_CLASS_RUNQ]);
}

std::uint64_t nanoseconds(double seconds) {
  return static_cast<std::uint64_t>(std::max(seconds, 0.0) * 1e9);
}

}  // namespace

/// Reading these files is most of what a window costs, so those are left alone that cannot have
/// moved: memory.pressure and io.pressure while the node's stand still, io.pressure while no thread
/// waited for I/O, cpu.pressure while threads waited for a CPU for less than kUntold of a window
/// since it was read. Every twelfth window all are read.
kernel::StillSaid Reporter::still_said(const History& history, const Window& window) const {
  constexpr std::uint64_t kReadEvery = 12;
  constexpr double kUntold = 0.005;
  kernel::StillSaid said;
  const auto &before = history.reading.slot, &now = window.reading.slot;
  if ((window_ + history.slot) % kReadEvery == 0 || before.cgroup_id == 0) return said;
  const auto& last = history.files.pressure;
  if (!memory_stalled_) said.memory = last.memory;
  if (!io_stalled_) said.io = last.io;
  if (!sources_.counters || !options_.scheduler || !valve_.reasons) return said;
  if (io_waits(before) == io_waits(now)) said.io = last.io;
  // A thread that runs, or that is held back, may owe a wait that is not counted yet.
  if (KW_STATE_ACTIVE(now.state) != 0) return said;
  const auto untold_ns = nanoseconds(kUntold * window.seconds);
  if (sense::grown(history.runq_read_ns, cpu_waits(now)) > untold_ns) return said;
  const auto seen_ns = sense::grown(before.on_cpu_ns, now.on_cpu_ns) + untold_ns;
  said.cpu = last.cpu;
  said.usage_us = history.files.cpu.usage_us + seen_ns / 1000;
  return said;
}

void Reporter::add_files(report::Container& container, History& history, const Window& window) {
  // Of one that is gone the last values stand.
  const bool gone = table_.containers().at(history.slot).gone_at_window.has_value();
  auto files = gone ? history.files : files_.read(container.path, still_said(history, window));
  if (!gone) add_cpu_v1(files, history);
  if (files.cpu_pressure_read) history.runq_read_ns = cpu_waits(window.reading.slot);
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
  if (!walked) container.threads = files_.threads(container.path);
  if (!watched && window.seconds > 0 && history.files.cpu.usage_us > 0) {
    container.shares[Share::on_cpu] =
        static_cast<double>(sense::grown(history.files.cpu.usage_us, files.cpu.usage_us)) * 1e-6 /
        window.seconds;
  }
  if (walked && !(watched && valve_.requests)) container.times.reset();
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
