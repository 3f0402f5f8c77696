// SPDX-License-Identifier: Apache-2.0
#include "profiler/sense/totals.hpp"

#include <algorithm>
#include <cstddef>

namespace kernwise::sense {
namespace {

void add(Histogram& to, const Histogram& more) {
  for (std::size_t i = 0; i < to.counts.size(); ++i) to.counts[i] += more.counts[i];
  to.sum_ns += more.sum_ns;
}

void add(DiskTotals& to, const DiskTotals& more) {
  to.reads += more.reads;
  to.writes += more.writes;
  to.read_bytes += more.read_bytes;
  to.written_bytes += more.written_bytes;
  add(to.latency, more.latency);
}

void add_network(Totals& to, const Totals& more) {
  to.tcp_sent_bytes += more.tcp_sent_bytes;
  to.tcp_received_bytes += more.tcp_received_bytes;
  to.connections_inbound += more.connections_inbound;
  to.connections_outbound += more.connections_outbound;
  to.requests_inbound += more.requests_inbound;
  to.retransmits += more.retransmits;
  to.drops += more.drops;
  add(to.rtt, more.rtt);
}

void add_disks(Totals& to, const Totals& more) {
  add(to.disk_read, more.disk_read);
  add(to.disk_write, more.disk_write);
  to.disk_reads += more.disk_reads;
  to.disk_writes += more.disk_writes;
  to.disk_read_bytes += more.disk_read_bytes;
  to.disk_written_bytes += more.disk_written_bytes;
  for (const auto& [device, disk] : more.disks) add(to.disks[device], disk);
}

}  // namespace

void add(Totals& to, const Totals& more) {
  for (std::size_t i = 0; i < to.share_seconds.size(); ++i) {
    to.share_seconds[i] += more.share_seconds[i];
  }
  to.switches_voluntary += more.switches_voluntary;
  to.switches_forced += more.switches_forced;
  add(to.runqueue, more.runqueue);
  to.samples += more.samples;
  to.oom_kills += more.oom_kills;
  to.major_faults += more.major_faults;
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
