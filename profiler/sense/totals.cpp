// SPDX-License-Identifier: Apache-2.0
#include "profiler/sense/totals.hpp"

#include <algorithm>
#include <cstddef>

namespace kernwise::sense {
namespace {

/// Adds the members that are plain counts.
template <auto... kMembers, class T>
void add_counts(T& to, const T& more) {
  ((to.*kMembers += more.*kMembers), ...);
}

void add(Histogram& to, const Histogram& more) {
  for (std::size_t i = 0; i < to.counts.size(); ++i) to.counts[i] += more.counts[i];
  to.sum_ns += more.sum_ns;
}

void add(DiskTotals& to, const DiskTotals& more) {
  add_counts<&DiskTotals::reads, &DiskTotals::writes, &DiskTotals::read_bytes,
             &DiskTotals::written_bytes>(to, more);
  add(to.latency, more.latency);
}

void add_network(Totals& to, const Totals& more) {
  add_counts<&Totals::tcp_sent_bytes, &Totals::tcp_received_bytes, &Totals::connections_inbound,
             &Totals::connections_outbound, &Totals::requests_inbound, &Totals::retransmits,
             &Totals::drops>(to, more);
  add(to.rtt, more.rtt);
}

void add_disks(Totals& to, const Totals& more) {
  add(to.disk_read, more.disk_read);
  add(to.disk_write, more.disk_write);
  add_counts<&Totals::disk_reads, &Totals::disk_writes, &Totals::disk_read_bytes,
             &Totals::disk_written_bytes>(to, more);
  for (const auto& [device, disk] : more.disks) add(to.disks[device], disk);
}

}  // namespace

void add(Totals& to, const Totals& more) {
  for (std::size_t i = 0; i < to.share_seconds.size(); ++i) {
    to.share_seconds[i] += more.share_seconds[i];
  }
  add_counts<&Totals::switches_voluntary, &Totals::switches_forced, &Totals::samples,
             &Totals::oom_kills, &Totals::major_faults>(to, more);
  add(to.runqueue, more.runqueue);
  add_network(to, more);
  add_disks(to, more);
  to.syscalls.resize(std::max(to.syscalls.size(), more.syscalls.size()));
  for (std::size_t i = 0; i < more.syscalls.size(); ++i) {
    to.syscalls[i].calls += more.syscalls[i].calls;
    to.syscalls[i].errors += more.syscalls[i].errors;
    add(to.syscalls[i].latency, more.syscalls[i].latency);
  }
}

}  // namespace kernwise::sense
