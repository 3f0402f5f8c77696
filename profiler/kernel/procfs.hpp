// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/report/report.hpp"

namespace kernwise::kernel {

/// Node counters of /proc at one moment; all cumulative since boot unless said otherwise.
struct NodeCounters {
  double cores = 0;         ///< online CPUs
  double busy_seconds = 0;  ///< CPU time not idle and not waiting for I/O, all CPUs
  std::uint64_t major_faults = 0;
  std::uint64_t memory_allocated_bytes = 0;  ///< pages handed out (pgalloc_*)
  std::uint64_t memory_capacity_bytes = 0;
  std::uint64_t memory_available_bytes = 0;  ///< now
  report::PressureSet pressure;
};

/// What this process used.
struct SelfCounters {
  std::uint64_t cpu_ns = 0;
  std::uint64_t resident_bytes = 0;
};

/// Errors: /proc/stat cannot be read or is not what Linux writes.
[[nodiscard]] Result<NodeCounters> read_node(const std::string& proc_root);
[[nodiscard]] SelfCounters read_self();
/// `/proc/sys/kernel/random/boot_id`.
[[nodiscard]] Result<std::string> read_boot_id(const std::string& proc_root);
/// Inode of a process's network namespace; no value when it is gone.
[[nodiscard]] std::optional<std::uint32_t> netns_of(const std::string& proc_root,
                                                    std::uint32_t pid);
/// TcpExt ListenOverflows of that process's network namespace.
[[nodiscard]] std::optional<std::uint64_t> listen_overflows(const std::string& proc_root,
                                                            std::uint32_t pid);

/// Parser of /proc/stat's first lines: busy seconds and CPU count.
struct CpuTimes {
  double busy_seconds = 0;
  double cores = 0;
};
[[nodiscard]] Result<CpuTimes> parse_stat(std::string_view text, double ticks_per_second);
/// The value of `name` in the pairs of lines of /proc/net/netstat.
[[nodiscard]] std::optional<std::uint64_t> parse_netstat(std::string_view text,
                                                         std::string_view group,
                                                         std::string_view name);

}  // namespace kernwise::kernel
