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
    {Metric::tcp_connections, "kpod_net_tcp_connections_total", Type::counter,
     "TCP connections established, by who opened them."},
    {Metric::disk_read_bytes, "kpod_disk_read_bytes_total", Type::counter,
     "Bytes read from block devices, all of them together."},
    {Metric::disk_written_bytes, "kpod_disk_written_bytes_total", Type::counter,
     "Bytes written to block devices, all of them together."},
    {Metric::disk_reads, "kpod_disk_reads_total", Type::counter,
     "Read requests completed by block devices."},
    {Metric::disk_writes, "kpod_disk_writes_total", Type::counter,
     "Write requests completed by block devices."},
    {Metric::disk_latency, "kpod_disk_io_latency_seconds", Type::histogram,
     "Time from issue to completion of block requests."},
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
     "CPU time of the profiler's kernel programs, where the kernel counts it."},
    {Metric::self_maps, "kernwise_self_maps_bytes", Type::gauge,
     "Kernel memory of the profiler's maps."},
    {Metric::self_resident, "kernwise_self_resident_bytes", Type::gauge,
     "Resident memory of the profiler."},
    {Metric::self_drops, "kernwise_self_drops_total", Type::counter,
     "Events that the profiler lost: failed map updates and full ring buffers."},
    {Metric::build_info, "kernwise_build_info", Type::gauge, "Always 1; the version is a label."},
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
