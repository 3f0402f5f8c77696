// SPDX-License-Identifier: Apache-2.0
#include "profiler/sense/window.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace kernwise::sense {
namespace {

constexpr double kNanoseconds = 1e-9;

double seconds_between(const Reading& before, const Reading& now) {
  return static_cast<double>(grown(before.at_ns, now.at_ns)) * kNanoseconds;
}

double rate(std::uint64_t before, std::uint64_t now, double seconds) {
  return seconds > 0 ? static_cast<double>(grown(before, now)) * kNanoseconds / seconds : 0;
}

/// Part of the window that an interval sum covered.
double part_of_window(std::int64_t before, std::int64_t after, const Reading& from,
                      const Reading& until) {
  const double window = static_cast<double>(grown(from.at_ns, until.at_ns));
  if (window <= 0) return 0;
  const auto covered =
      grown(interval_until(before, from.at_ns), interval_until(after, until.at_ns));
  return std::clamp(static_cast<double>(covered) / window, 0.0, 1.0);
}

using Counts = std::array<std::uint64_t, KW_BUCKETS>;

Counts histogram_between(const __u32 (&before)[KW_BUCKETS], const __u32 (&now)[KW_BUCKETS]) {
  Counts counts{};
  // The kernel counts in 32 bits; unsigned subtraction survives their wrap.
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = now[i] - before[i];
  return counts;
}

void add_counts(Buckets& total, const Counts& counts) {
  for (std::size_t i = 0; i < total.size(); ++i) total[i] += counts[i];
}

}  // namespace

std::uint64_t interval_until(std::int64_t sum, std::uint64_t now_ns) {
  const auto until = sum < 0 ? sum + static_cast<std::int64_t>(now_ns) : sum;
  return until > 0 ? static_cast<std::uint64_t>(until) : 0;
}

Share share_of(kw_class wait_class, bool block_activity) {
  switch (wait_class) {
    case KW_CLASS_RUNQ:
      return Share::runqueue;
    case KW_CLASS_DISK:
    case KW_CLASS_DISK_SOFT:
      return Share::disk;
    case KW_CLASS_IO_URING:
      return block_activity ? Share::disk : Share::idle;
    case KW_CLASS_MEM:
      return Share::memory;
    case KW_CLASS_NET_OUT:
    case KW_CLASS_POLL_OUT:
      return Share::network;
    case KW_CLASS_IPC:
      return Share::ipc;
    case KW_CLASS_FUTEX_LOCK:
    case KW_CLASS_FILE_LOCK:
    case KW_CLASS_KERNEL_LOCK:
      return Share::lock;
    default:
      return Share::idle;
  }
}

ShareWindow shares_between(const Reading& before, const Reading& now, const CgroupWindow& cgroup) {
  const double seconds = seconds_between(before, now);
  const auto& old_slot = before.slot;
  const auto& slot = now.slot;
  ShareWindow window;
  const bool block_activity =
      slot.disk_ops[0] + slot.disk_ops[1] != old_slot.disk_ops[0] + old_slot.disk_ops[1];
  window.shares[Share::on_cpu] = rate(old_slot.on_cpu_ns, slot.on_cpu_ns, seconds);
  for (int i = KW_CLASS_NONE + 1; i < KW_CLASS_MAX; ++i) {
    window.shares[share_of(static_cast<kw_class>(i), block_activity)] +=
        rate(old_slot.class_ns[i], slot.class_ns[i], seconds);
  }
  const auto behind = [&](kw_holder holder) {
    return rate(old_slot.runq_ns[holder], slot.runq_ns[holder], seconds);
  };
  const double runnable = window.shares[Share::runqueue] + behind(KW_HOLDER_OTHERS) +
                          behind(KW_HOLDER_OWN) + behind(KW_HOLDER_IDLE);
  // Held back on one CPU, several threads may wait; with a CPU idle they waited for nobody else.
  const double held = seconds > 0 ? std::max(cgroup.throttled_seconds, 0.0) / seconds : 0;
  const double throttled =
      std::min(runnable, std::max(held, std::min(behind(KW_HOLDER_IDLE), held * slot.threads)));
  window.shares[Share::throttled] = throttled;
  window.shares[Share::runqueue] = runnable - throttled;
  window.behind_others = std::min(behind(KW_HOLDER_OTHERS), runnable - throttled);
  return window;
}

report::PodTimes times_between(const Reading& before, const Reading& now) {
  const double seconds = seconds_between(before, now);
  const double woke_busy = rate(before.slot.woke_busy_ns, now.slot.woke_busy_ns, seconds);
  const double woke_blocked = rate(before.slot.woke_blocked_ns, now.slot.woke_blocked_ns, seconds);
  report::PodTimes times;
  times.busy = part_of_window(before.slot.busy_sum, now.slot.busy_sum, before, now) + woke_busy;
  times.inbound = part_of_window(before.slot.inbound_sum, now.slot.inbound_sum, before, now);
  times.blocked =
      part_of_window(before.slot.blocked_sum, now.slot.blocked_sum, before, now) - woke_blocked;
  times.busy = std::clamp(times.busy, 0.0, 1.0);
  times.blocked = std::clamp(times.blocked, 0.0, 1.0);
  times.has_inbound = now.slot.has_inbound != 0;
  return times;
}

double quantile_us(std::span<const std::uint64_t> counts, double q) {
  std::uint64_t total = 0;
  for (const auto count : counts) total += count;
  if (total == 0) return 0;
  const auto rank = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(total)));
  std::uint64_t seen = 0;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    seen += counts[k];
    if (seen >= std::max<std::uint64_t>(rank, 1)) return std::exp2(static_cast<double>(k + 1));
  }
  return std::exp2(static_cast<double>(counts.size()));
}

report::BlockIo block_between(const Reading& before, const Reading& now) {
  const auto reads = histogram_between(before.slot.disk_hist[0], now.slot.disk_hist[0]);
  const auto writes = histogram_between(before.slot.disk_hist[1], now.slot.disk_hist[1]);
  report::BlockIo block;
  block.reads = grown(before.slot.disk_ops[0], now.slot.disk_ops[0]);
  block.writes = grown(before.slot.disk_ops[1], now.slot.disk_ops[1]);
  block.read_bytes = grown(before.slot.disk_bytes[0], now.slot.disk_bytes[0]);
  block.written_bytes = grown(before.slot.disk_bytes[1], now.slot.disk_bytes[1]);
  block.read_latency_p50_us = quantile_us(reads, 0.5);
  block.read_latency_p99_us = quantile_us(reads, 0.99);
  block.write_latency_p50_us = quantile_us(writes, 0.5);
  block.write_latency_p99_us = quantile_us(writes, 0.99);
  return block;
}

report::Inbound inbound_between(const Reading& before, const Reading& now) {
  report::Inbound inbound;
  inbound.requests = grown(before.slot.inbound_requests, now.slot.inbound_requests);
  inbound.completed = grown(before.slot.inbound_completed, now.slot.inbound_completed);
  // Little: mean in flight = sum of their times / window; what never completed is in the state.
  inbound.in_flight = std::max(
      rate(before.slot.inbound_ns, now.slot.inbound_ns, seconds_between(before, now)),
      inbound.completed == 0 ? static_cast<double>(KW_STATE_INBOUND(now.slot.state)) : 0.0);
  return inbound;
}

void add_window(Totals& totals, const Reading& before, const Reading& now,
                const ShareWindow& window) {
  const auto& a = before.slot;
  const auto& b = now.slot;
  const double seconds = seconds_between(before, now);
  for (std::size_t i = 0; i < kShareCount; ++i) {
    totals.share_seconds[i] += window.shares[static_cast<Share>(i)] * seconds;
  }
  totals.switches_voluntary += grown(a.switches[0], b.switches[0]);
  totals.switches_forced += grown(a.switches[1], b.switches[1]);
  add_counts(totals.runqueue.counts, histogram_between(a.runq_hist, b.runq_hist));
  for (int holder = 0; holder < KW_HOLDER_MAX; ++holder) {
    totals.runqueue.sum_ns += grown(a.runq_ns[holder], b.runq_ns[holder]);
  }
  add_counts(totals.disk_read.counts, histogram_between(a.disk_hist[0], b.disk_hist[0]));
  add_counts(totals.disk_write.counts, histogram_between(a.disk_hist[1], b.disk_hist[1]));
  totals.disk_read.sum_ns += grown(a.disk_ns[0], b.disk_ns[0]);
  totals.disk_write.sum_ns += grown(a.disk_ns[1], b.disk_ns[1]);
  totals.disk_reads += grown(a.disk_ops[0], b.disk_ops[0]);
  totals.disk_writes += grown(a.disk_ops[1], b.disk_ops[1]);
  totals.disk_read_bytes += grown(a.disk_bytes[0], b.disk_bytes[0]);
  totals.disk_written_bytes += grown(a.disk_bytes[1], b.disk_bytes[1]);
  totals.tcp_sent_bytes += grown(a.tcp_sent, b.tcp_sent);
  totals.tcp_received_bytes += grown(a.tcp_received, b.tcp_received);
  totals.connections_inbound += grown(a.connections[0], b.connections[0]);
  totals.connections_outbound += grown(a.connections[1], b.connections[1]);
  totals.requests_inbound += grown(a.inbound_requests, b.inbound_requests);
  totals.samples += grown(a.samples, b.samples);
}

std::string device_text(std::uint32_t device) {
  return std::to_string(device >> 16) + ":" + std::to_string(device & 0xffff);
}

report::Disk disk_between(std::uint32_t device, const kw_disk& before, const kw_disk& now,
                          std::uint64_t before_ns, std::uint64_t now_ns) {
  const double window = static_cast<double>(grown(before_ns, now_ns));
  const auto counts = histogram_between(before.hist, now.hist);
  report::Disk disk;
  disk.device = device_text(device);
  if (window > 0) {
    const auto busy =
        grown(interval_until(before.busy_sum, before_ns), interval_until(now.busy_sum, now_ns));
    const auto in_flight_time = grown(before.latency_ns[0], now.latency_ns[0]) +
                                grown(before.latency_ns[1], now.latency_ns[1]);
    disk.busy = std::clamp(static_cast<double>(busy) / window, 0.0, 1.0);
    disk.depth = static_cast<double>(in_flight_time) / window;
  }
  disk.latency_p50_us = quantile_us(counts, 0.5);
  disk.latency_p99_us = quantile_us(counts, 0.99);
  return disk;
}

}  // namespace kernwise::sense
