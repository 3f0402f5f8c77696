// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "common/base/clock.hpp"
#include "common/report/report.hpp"
#include "profiler/export/collectors.hpp"
#include "profiler/kernel/file_systems.hpp"

namespace kernwise::profiler {

struct FileCollectorOptions {
  Collectors collected;
  std::string proc_root = "/proc";
  std::string cgroup_root;  ///< cgroup2 mount point
  bool counters = true;     ///< false: files also count disk requests and kills
};

/// Collects what /proc and cgroup files say of each container: interfaces, file systems, memory.
/// Pods in the node's network namespace show no interfaces, processes in its mount namespace no
/// file systems: those are the node's. The containers of a pod share their interfaces, so only the
/// oldest shows them.
class FileCollector {
 public:
  /// A process of the container; no value when none is known.
  using LeaderOf = std::function<std::optional<std::uint32_t>(std::uint64_t cgroup_id)>;
  static constexpr std::chrono::seconds kMeasureEvery{30};  ///< file systems change slowly

  explicit FileCollector(FileCollectorOptions options);

  [[nodiscard]] std::map<std::uint64_t, sense::FileTotals> collect(const report::Report& report,
                                                                   const LeaderOf& leader_of,
                                                                   MonoTime now);
  /// Why less is measured than could be; empty while everything is.
  [[nodiscard]] std::string degraded() const;

 private:
  struct Round;
  void add_interfaces(sense::FileTotals& to, std::uint32_t pid, Round& round) const;
  void add_file_systems(sense::FileTotals& to, std::uint64_t id, std::uint32_t pid, Round& round);
  void add_cgroup(sense::FileTotals& to, const std::string& path,
                  std::optional<std::uint32_t> pid) const;
  void add_version_1(sense::FileTotals& to, std::uint32_t pid) const;

  FileCollectorOptions options_;
  kernel::FileSystemProbe file_systems_;
  std::map<std::string, std::string> controllers_;  ///< version 1 mounts by name
  std::optional<MonoTime> measured_;
};

}  // namespace kernwise::profiler
