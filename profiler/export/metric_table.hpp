// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/metrics/registry.hpp"

/// The names, types and meanings of all metrics of the profiler: one place.
namespace kernwise::profiler {

enum class Metric : std::uint8_t {
  runqueue_latency,
  context_switches,
  tcp_sent,
  tcp_received,
  tcp_retransmits,
  tcp_connections,
  tcp_rtt,
  tcp_drops,
  oom_kills,
  major_faults,
  syscall_count,
  syscall_errors,
  syscall_latency,
  disk_read_bytes,
  disk_written_bytes,
  disk_reads,
  disk_writes,
  disk_latency,
  iface_rx_bytes,
  iface_tx_bytes,
  iface_rx_packets,
  iface_tx_packets,
  iface_rx_errors,
  iface_tx_errors,
  iface_rx_drops,
  iface_tx_drops,
  fs_capacity,
  fs_usage,
  fs_available,
  memory_usage,
  memory_peak,
  memory_cache,
  memory_swap,
  map_entries,
  map_capacity,
  map_errors,
  cgroup_mode,
  wait_seconds,
  throttled_seconds,
  verdict,
  confidence,
  hook_state,
  degraded,
  self_cpu,
  self_programs,
  self_maps,
  self_resident,
  self_drops,
  self_valve,
  self_cycle,
  self_reports,
  self_reports_waiting,
  self_samples,
  self_parser,
  self_parser_starts,
  untracked,
  unknown_roles,
  build_info,
  series,
  series_dropped,
  node_cores,
  node_busy,
  node_contention,
  node_runqueue,
  node_disk_wait,
  node_memory_wait,
  node_disk_busy,
  node_memory_used,
  node_memory_capacity,
  node_switches,
  node_major_faults,
  node_memory_allocated,
  node_file_reads,
  node_file_writes,
  node_file_read_bytes,
  node_file_written_bytes,
};
inline constexpr std::size_t kMetricCount = 76;

[[nodiscard]] metrics::Definition definition(Metric metric);

}  // namespace kernwise::profiler
