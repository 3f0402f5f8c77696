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
  tcp_connections,
  disk_read_bytes,
  disk_written_bytes,
  disk_reads,
  disk_writes,
  disk_latency,
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
  build_info,
  node_cores,
  node_busy,
  node_contention,
  node_runqueue,
  node_disk_wait,
  node_memory_wait,
  node_disk_busy,
  node_memory_used,
  node_memory_capacity,
};
inline constexpr std::size_t kMetricCount = 35;

[[nodiscard]] metrics::Definition definition(Metric metric);

}  // namespace kernwise::profiler
