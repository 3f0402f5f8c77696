// SPDX-License-Identifier: Apache-2.0
#include "profiler/sense/detail.hpp"

#include <algorithm>

namespace kernwise::sense {
namespace {

/// One log2 histogram of the kernel: its buckets and the sum of its samples.
struct Samples {
  const __u32 (&counts)[KW_BUCKETS];
  std::uint64_t ns;
};

void add_histogram(Histogram& total, const Samples& before, const Samples& now) {
  if (now.ns < before.ns) return;  // went back
  total.sum_ns += now.ns - before.ns;
  // The kernel counts in 32 bits; unsigned subtraction survives their wrap.
  for (std::size_t i = 0; i < kBuckets; ++i) total.counts[i] += now.counts[i] - before.counts[i];
}

void add_disk(DiskTotals& total, const kw_slot_disk& before, const kw_slot_disk& now) {
  total.reads += grown(before.ops[0], now.ops[0]);
  total.writes += grown(before.ops[1], now.ops[1]);
  total.read_bytes += grown(before.bytes[0], now.bytes[0]);
  total.written_bytes += grown(before.bytes[1], now.bytes[1]);
  add_histogram(total.latency, {before.hist, before.ns}, {now.hist, now.ns});
}

void add_syscall(SyscallTotals& total, const kw_syscall_counters& before,
                 const kw_syscall_counters& now) {
  total.calls += grown(before.calls, now.calls);
  total.errors += grown(before.errors, now.errors);
  add_histogram(total.latency, {before.hist, before.ns}, {now.hist, now.ns});
}

}  // namespace

void add_detail(Totals& totals, const Detail& before, const Detail& now) {
  totals.retransmits += grown(before.net.retransmits, now.net.retransmits);
  totals.drops += grown(before.net.drops, now.net.drops);
  add_histogram(totals.rtt, {before.net.rtt_hist, before.net.rtt_ns},
                {now.net.rtt_hist, now.net.rtt_ns});
  totals.oom_kills += grown(before.memory.oom_kills, now.memory.oom_kills);
  totals.major_faults += grown(before.memory.major_faults, now.memory.major_faults);
  for (const auto& [device, disk] : now.disks) {
    const auto old = before.disks.find(device);
    add_disk(totals.disks[device], old == before.disks.end() ? kw_slot_disk{} : old->second, disk);
  }
  totals.syscalls.resize(std::max(totals.syscalls.size(), now.syscalls.size()));
  for (std::size_t i = 0; i < now.syscalls.size(); ++i) {
    const auto old = i < before.syscalls.size() ? before.syscalls[i] : kw_syscall_counters{};
    add_syscall(totals.syscalls[i], old, now.syscalls[i]);
  }
}

}  // namespace kernwise::sense
