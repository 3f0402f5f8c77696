// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace kernwise::profiler {

/// Option `profile`. `custom` takes the switches `collect.*` instead.
enum class Profile : std::uint8_t { minimal, standard, comprehensive };

/// What is collected, and so exported. One that is off loads no program and reads no file.
struct Collectors {
  bool cpu = false;            ///< run queue and context switches
  bool tcp = false;            ///< bytes, retransmits, connections, round trips, peers
  bool oom = false;            ///< kills for want of memory
  bool faults = false;         ///< major page faults
  bool syscalls = false;       ///< those of `syscalls.tracked`
  bool disk = false;           ///< block requests by device
  bool iface = false;          ///< network interfaces of pods
  bool fs = false;             ///< file systems of containers
  bool cgroup_memory = false;  ///< memory files of cgroups
  bool stacks = false;         ///< 99 Hz samples of functions
  bool waits = false;          ///< reasons of waiting
  bool packets = false;        ///< TCP drops, and round trips of one packet in eight
  bool disk_latency = false;   ///< a histogram for each device
  bool operator==(const Collectors&) const = default;
};

/// What a profile collects: kpod-metrics' table, and what Kernwise adds to it.
[[nodiscard]] Collectors collectors_of(Profile profile);

}  // namespace kernwise::profiler
