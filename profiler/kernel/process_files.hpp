// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/sense/counters.hpp"

/// What /proc, /sys and cgroup directories say of one container. Texts come from the kernel, but
/// names in them (interfaces, mount points) from whoever runs in the container.
namespace kernwise::kernel {

inline constexpr std::size_t kMaxInterfaces = 8;   ///< of one network namespace
inline constexpr std::size_t kMaxMounts = 64;      ///< looked at of one mount namespace
inline constexpr std::size_t kMaxFileSystems = 8;  ///< shown of one container

/// Interfaces of /proc/PID/net/dev but loopback.
[[nodiscard]] std::vector<sense::InterfaceTotals> parse_net_dev(std::string_view text);

struct Mount {
  std::string device;  ///< `254:1`; mounts of one device are one file system
  std::string point;
  bool operator==(const Mount&) const = default;
};

/// Mounts of /proc/PID/mountinfo that have a size of their own on this machine: overlay, ext4, xfs
/// and btrfs. Network file systems are left out: asking a dead server never returns.
[[nodiscard]] std::vector<Mount> parse_mounts(std::string_view mountinfo);

/// Writes what io.stat says into `disks`: requests and bytes by device number.
void set_io_stat(std::map<std::uint32_t, sense::DiskTotals>& disks, std::string_view text);

/// The same from one file of the version 1 block controller (`8:0 Read 4096`): bytes or requests.
void set_blkio(std::map<std::uint32_t, sense::DiskTotals>& disks, std::string_view text,
               bool bytes);

/// The cgroup of a version 1 controller in /proc/PID/cgroup; no value when it is the root, whose
/// files are those of the whole machine.
[[nodiscard]] std::optional<std::string> controller_path(std::string_view proc_cgroup,
                                                         std::string_view controller);

/// Where version 1 controllers are mounted, by name; empty on a pure version 2 machine.
[[nodiscard]] std::map<std::string, std::string> parse_controllers(std::string_view mountinfo);

/// `vda` for a device number with the major in the upper half, from /sys/dev/block; `254:0` when it
/// is gone.
[[nodiscard]] std::string device_name(const std::string& sys_root, std::uint32_t device);

/// Size and use of the file system that holds the directory `path`; no value for anything else.
/// Needs CAP_SYS_PTRACE below /proc/PID/root, and does not return while the file system hangs.
[[nodiscard]] std::optional<sense::FileSystemUse> measure_file_system(const std::string& path);

}  // namespace kernwise::kernel
