// SPDX-License-Identifier: Apache-2.0
#include "profiler/export/metric_table.hpp"

#include <array>
#include <vector>

#include "profiler/export/kpod_metrics.hpp"

namespace kernwise::profiler {
namespace {

using metrics::Type;

struct Row {
  Metric metric;
  const char* name;
  Type type;
  const char* help;
};

constexpr std::array<Row, kMetricCount> kTable = {{
    {Metric::runqueue_latency, "kpod_cpu_runqueue_latency_seconds", Type::histogram,
     "Time between becoming runnable and running, of the container's threads."},
    {Metric::context_switches, "kpod_cpu_context_switches_total", Type::counter,
     "Times a thread gave up its CPU (voluntary) or lost it (involuntary)."},
    {Metric::tcp_sent, "kpod_net_tcp_bytes_sent_total", Type::counter,
     "Bytes sent over TCP, as accepted by the kernel."},
    {Metric::tcp_received, "kpod_net_tcp_bytes_received_total", Type::counter,
     "Bytes received over TCP, as handed to the program."},
    {Metric::tcp_retransmits, "kpod_net_tcp_retransmits_total", Type::counter,
     "TCP segments sent again."},
    {Metric::tcp_connections, "kpod_net_tcp_connections_total", Type::counter,
     "TCP connections established, by who opened them."},
    {Metric::tcp_rtt, "kpod_net_tcp_rtt_seconds", Type::histogram,
     "Smoothed round trip time of TCP, one sample for each answered request or, in profile "
     "comprehensive, for one packet in eight."},
    {Metric::tcp_drops, "kpod_net_tcp_drops_total", Type::counter,
     "TCP packets of the container that the kernel threw away."},
    {Metric::oom_kills, "kpod_mem_oom_kills_total", Type::counter,
     "Processes of the container killed for want of memory."},
    {Metric::major_faults, "kpod_mem_major_page_faults_total", Type::counter,
     "Page faults that had to read from a disk."},
    {Metric::syscall_count, "kpod_syscall_count_total", Type::counter,
     "Calls of the tracked system calls, at their end."},
    {Metric::syscall_errors, "kpod_syscall_errors_total", Type::counter,
     "Calls that ended with an error."},
    {Metric::syscall_latency, "kpod_syscall_latency_seconds", Type::histogram,
     "Time from entry to return of a system call, waiting included."},
    {Metric::disk_read_bytes, "kpod_disk_read_bytes_total", Type::counter,
     "Bytes read from a block device."},
    {Metric::disk_written_bytes, "kpod_disk_written_bytes_total", Type::counter,
     "Bytes written to a block device."},
    {Metric::disk_reads, "kpod_disk_reads_total", Type::counter,
     "Read requests completed by a block device."},
    {Metric::disk_writes, "kpod_disk_writes_total", Type::counter,
     "Write requests completed by a block device."},
    {Metric::disk_latency, "kpod_disk_io_latency_seconds", Type::histogram,
     "Time from issue to completion of block requests."},
    {Metric::iface_rx_bytes, "kpod_net_iface_rx_bytes_total", Type::counter,
     "Bytes received on an interface of the pod."},
    {Metric::iface_tx_bytes, "kpod_net_iface_tx_bytes_total", Type::counter,
     "Bytes transmitted on an interface of the pod."},
    {Metric::iface_rx_packets, "kpod_net_iface_rx_packets_total", Type::counter,
     "Packets received on an interface of the pod."},
    {Metric::iface_tx_packets, "kpod_net_iface_tx_packets_total", Type::counter,
     "Packets transmitted on an interface of the pod."},
    {Metric::iface_rx_errors, "kpod_net_iface_rx_errors_total", Type::counter,
     "Receive errors of an interface of the pod."},
    {Metric::iface_tx_errors, "kpod_net_iface_tx_errors_total", Type::counter,
     "Transmit errors of an interface of the pod."},
    {Metric::iface_rx_drops, "kpod_net_iface_rx_drops_total", Type::counter,
     "Received packets that an interface of the pod dropped."},
    {Metric::iface_tx_drops, "kpod_net_iface_tx_drops_total", Type::counter,
     "Outgoing packets that an interface of the pod dropped."},
    {Metric::fs_capacity, "kpod_fs_capacity_bytes", Type::gauge,
     "Size of a file system of the container."},
    {Metric::fs_usage, "kpod_fs_usage_bytes", Type::gauge,
     "Used part of a file system of the container."},
    {Metric::fs_available, "kpod_fs_available_bytes", Type::gauge,
     "What an unprivileged process may still write to a file system."},
    {Metric::memory_usage, "kpod_mem_cgroup_usage_bytes", Type::gauge,
     "Memory charged to the container's cgroup."},
    {Metric::memory_peak, "kpod_mem_cgroup_peak_bytes", Type::gauge,
     "Most memory ever charged to it."},
    {Metric::memory_cache, "kpod_mem_cgroup_cache_bytes", Type::gauge, "Page cache charged to it."},
    {Metric::memory_swap, "kpod_mem_cgroup_swap_bytes", Type::gauge, "Swap charged to it."},
    {Metric::map_entries, "kpod_bpf_map_entries", Type::gauge, "Entries in use of a kernel map."},
    {Metric::map_capacity, "kpod_bpf_map_capacity", Type::gauge, "Entries a kernel map can hold."},
    {Metric::map_errors, "kpod_bpf_map_update_errors_total", Type::counter,
     "Updates that a kernel map refused, mostly because it was full."},
    {Metric::cgroup_mode, "kpod_cgroup_mode", Type::gauge,
     "1 for the cgroup hierarchy that containers are told apart by: v2 or v1-hybrid."},
    {Metric::wait_seconds, "kernwise_container_wait_seconds_total", Type::counter,
     "Thread-seconds by what the threads did or waited for; runqueue includes throttled time."},
    {Metric::throttled_seconds, "kernwise_container_throttled_seconds_total", Type::counter,
     "Time the container was held back by its own CPU quota, since it was made."},
    {Metric::verdict, "kernwise_container_verdict", Type::gauge,
     "1 for the container's current verdict."},
    {Metric::confidence, "kernwise_container_verdict_confidence", Type::gauge,
     "How far the deciding numbers are from their thresholds, 0 to 1."},
    {Metric::hook_state, "kernwise_hook_state", Type::gauge,
     "1 for how each kernel hook runs; mode off means it does not."},
    {Metric::degraded, "kernwise_degraded", Type::gauge,
     "1 for each reason why this node sees less than it could."},
    {Metric::self_cpu, "kernwise_self_cpu_seconds_total", Type::counter,
     "CPU time of the profiler in user space."},
    {Metric::self_programs, "kernwise_self_program_seconds_total", Type::counter,
     "CPU time of the profiler's kernel programs, as they time themselves."},
    {Metric::self_collectors, "kernwise_self_collector_seconds_total", Type::counter,
     "The same by what the programs do."},
    {Metric::self_maps, "kernwise_self_maps_bytes", Type::gauge,
     "Kernel memory of the profiler's maps."},
    {Metric::self_resident, "kernwise_self_resident_bytes", Type::gauge,
     "Resident memory of the profiler."},
    {Metric::self_drops, "kernwise_self_drops_total", Type::counter,
     "Events that the profiler lost: failed map updates and full ring buffers."},
    {Metric::self_valve, "kernwise_self_valve_step", Type::gauge,
     "How many things the kernel programs shed to stay within bpf.budget: 0 is none, 11 are all."},
    {Metric::self_shed, "kernwise_self_shed", Type::gauge,
     "1 for each thing that the kernel programs shed now to stay within bpf.budget."},
    {Metric::self_cycle, "kernwise_self_cycle_seconds", Type::gauge,
     "How long the profiler took to close the last window: read, judge, encode, hand over."},
    {Metric::self_reports, "kernwise_self_reports_total", Type::counter,
     "Reports to orchestrators by what became of them; failed attempts are tried again, dropped "
     "ones found no room while they waited."},
    {Metric::self_reports_waiting, "kernwise_self_reports_waiting", Type::gauge,
     "Reports that an orchestrator has not taken yet."},
    {Metric::self_samples, "kernwise_self_samples_total", Type::counter,
     "On-CPU samples that were taken; fewer than 99 per CPU second while the valve is closed."},
    {Metric::self_parser, "kernwise_self_parser_questions_total", Type::counter,
     "Questions to the sandboxed parser of symbols, and those that it did not answer, by why."},
    {Metric::self_parser_starts, "kernwise_self_parser_starts_total", Type::counter,
     "Processes of the parser of symbols that were started."},
    {Metric::untracked, "kernwise_untracked_cgroups_total", Type::counter,
     "Cgroups that found no room and count in the aggregate, at least for a while."},
    {Metric::unknown_roles, "kernwise_unknown_role_waits_total", Type::counter,
     "Waits on sockets of which it is not known who connected; they count as idle."},
    {Metric::build_info, "kernwise_build_info", Type::gauge, "Always 1; the version is a label."},
    {Metric::series, "kernwise_metrics_series", Type::gauge,
     "Series of containers on this page: what was estimated for them and what there is."},
    {Metric::series_dropped, "kernwise_metrics_dropped_series", Type::gauge,
     "Series that this page leaves out: more than its limit, or not valid."},
    {Metric::node_cores, "kernwise_node_cpu_cores", Type::gauge, "CPUs of the node."},
    {Metric::node_busy, "kernwise_node_cpu_busy_cores", Type::gauge,
     "CPUs that were busy in the last window."},
    {Metric::node_contention, "kernwise_node_cpu_contention", Type::gauge,
     "Thread-seconds per second spent waiting for a CPU behind another container."},
    {Metric::node_runqueue, "kernwise_node_cpu_runqueue", Type::gauge,
     "Thread-seconds per second spent waiting for a CPU."},
    {Metric::node_disk_wait, "kernwise_node_disk_wait", Type::gauge,
     "Thread-seconds per second spent waiting for disks."},
    {Metric::node_memory_wait, "kernwise_node_memory_wait", Type::gauge,
     "Thread-seconds per second spent waiting for memory."},
    {Metric::node_disk_busy, "kernwise_node_disk_busy_ratio", Type::gauge,
     "Part of the last window in which the disk had a request in flight."},
    {Metric::node_memory_used, "kernwise_node_memory_used_bytes", Type::gauge,
     "Memory of the node that is in use."},
    {Metric::node_memory_capacity, "kernwise_node_memory_capacity_bytes", Type::gauge,
     "Memory of the node."},
    {Metric::node_switches, "kernwise_node_context_switches_total", Type::counter,
     "Context switches of the node, without idle CPUs and kernel threads."},
    {Metric::node_major_faults, "kernwise_node_major_page_faults_total", Type::counter,
     "Page faults of the node that had to read from a disk."},
    {Metric::node_memory_allocated, "kernwise_node_memory_allocated_bytes_total", Type::counter,
     "Memory that the kernel handed out, freed or not."},
    {Metric::node_file_reads, "kernwise_node_file_reads_total", Type::counter,
     "Reads that reached a block device."},
    {Metric::node_file_writes, "kernwise_node_file_writes_total", Type::counter,
     "Writes that reached a block device."},
    {Metric::node_file_read_bytes, "kernwise_node_file_read_bytes_total", Type::counter,
     "Bytes read from block devices."},
    {Metric::node_file_written_bytes, "kernwise_node_file_written_bytes_total", Type::counter,
     "Bytes written to block devices."},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].metric) != i) return false;
  }
  return true;
}
static_assert(in_order(), "the table is indexed by Metric");

}  // namespace

metrics::Definition definition(Metric metric) {
  const Row& row = kTable.at(static_cast<std::size_t>(metric));
  return {.name = row.name, .help = row.help, .type = row.type};
}

std::vector<metrics::Definition> metric_definitions() {
  std::vector<metrics::Definition> all;
  all.reserve(kTable.size());
  for (const Row& row : kTable) all.push_back(definition(row.metric));
  return all;
}

}  // namespace kernwise::profiler
