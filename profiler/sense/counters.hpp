// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/report/vocabulary.hpp"

/// Cumulative counters of one container as values: what the kernel maps hold, without the kernel.
namespace kernwise::sense {

/// How much a cumulative counter grew; one that went back (a reused slot, a restart) grew by
/// nothing.
[[nodiscard]] constexpr std::uint64_t grown(std::uint64_t before, std::uint64_t now) {
  return now > before ? now - before : 0;
}

/// log2 buckets of microseconds: bucket k counts [2^k, 2^(k+1)) us, the first also everything
/// below, the last everything above. The upper bound of bucket k is therefore 2^(k+1) us.
inline constexpr std::size_t kBuckets = 20;
using Buckets = std::array<std::uint64_t, kBuckets>;

struct Histogram {
  Buckets counts{};
  std::uint64_t sum_ns = 0;
};

/// One disk as one container used it.
struct DiskTotals {
  std::uint64_t reads = 0, writes = 0;
  std::uint64_t read_bytes = 0, written_bytes = 0;
  Histogram latency;  ///< reads and writes, from issue to completion
};

/// One tracked system call of one container.
struct SyscallTotals {
  std::uint64_t calls = 0, errors = 0;
  Histogram latency;  ///< of the calls whose begin was seen
};

/// Everything a container did since the profiler first saw it; never decreases.
struct Totals {
  std::array<double, kShareCount>
      share_seconds{};  ///< by Share; throttled is part of runqueue here
  std::uint64_t switches_voluntary = 0, switches_forced = 0;
  Histogram runqueue;
  Histogram disk_read, disk_write;
  std::uint64_t disk_reads = 0, disk_writes = 0;
  std::uint64_t disk_read_bytes = 0, disk_written_bytes = 0;
  std::uint64_t tcp_sent_bytes = 0, tcp_received_bytes = 0;
  std::uint64_t connections_inbound = 0, connections_outbound = 0;
  std::uint64_t requests_inbound = 0;
  std::uint64_t samples = 0;
  std::uint64_t retransmits = 0, drops = 0;
  Histogram rtt;
  std::uint64_t oom_kills = 0, major_faults = 0;
  std::map<std::uint32_t, DiskTotals> disks;  ///< by device number, major in the upper half
  std::vector<SyscallTotals> syscalls;        ///< by index of the tracked call
};

/// One direction of a network interface since it was made.
struct Traffic {
  std::uint64_t bytes = 0, packets = 0, errors = 0, drops = 0;
  bool operator==(const Traffic&) const = default;
};

struct InterfaceTotals {
  std::string name;
  Traffic received, sent;
};

struct FileSystemUse {
  std::string mountpoint;  ///< as the container sees it
  std::uint64_t capacity_bytes = 0, used_bytes = 0, available_bytes = 0;
};

/// Memory of a cgroup now; no value where the kernel does not say.
struct MemoryUse {
  std::optional<std::uint64_t> usage_bytes, peak_bytes, cache_bytes, swap_bytes;
};

/// What files say of one container.
struct FileTotals {
  std::vector<InterfaceTotals> interfaces;
  std::vector<FileSystemUse> file_systems;
  MemoryUse memory;
  // Where no kernel program counts them (`bpf.enabled: false`).
  std::map<std::uint32_t, DiskTotals> disks;
  std::optional<std::uint64_t> oom_kills;
};

/// One kernel map, for kpod_bpf_map_*.
struct MapUse {
  const char* name = "";
  std::uint64_t entries = 0, capacity = 0, bytes = 0, update_errors = 0;
};

}  // namespace kernwise::sense
