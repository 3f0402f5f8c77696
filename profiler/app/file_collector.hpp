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
#include "profiler/kernel/use_files.hpp"

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
  /// What the reporter knows of a container: a process of it, and its memory on version 2.
  struct Known {
    std::optional<std::uint32_t> leader;
    sense::MemoryUse memory;
  };
  using KnownOf = std::function<Known(std::uint64_t cgroup_id)>;
  static constexpr std::chrono::seconds kMeasureEvery{30};  ///< file systems change slowly

  explicit FileCollector(FileCollectorOptions options);

  [[nodiscard]] std::map<std::uint64_t, sense::FileTotals> collect(const report::Report& report,
                                                                   const KnownOf& known_of,
                                                                   MonoTime now);
  /// Why less is measured than could be; empty while everything is.
  [[nodiscard]] std::string degraded() const;

 private:
  struct Round;
  /// What is kept of a container between windows.
  struct Entry {
    std::string path;
    kernel::UsePlace place;
    sense::FileTotals totals;
  };
  [[nodiscard]] const sense::FileTotals& look_at(Entry& entry, std::uint64_t id, const Known& known,
                                                 Round& round);
  void add_interfaces(sense::FileTotals& to, std::uint32_t pid, Round& round) const;
  void add_file_systems(sense::FileTotals& to, std::uint64_t id, std::uint32_t pid, Round& round);
  void keep_only(const std::map<std::uint64_t, sense::FileTotals>& present);

  FileCollectorOptions options_;
  kernel::FileSystemProbe file_systems_;
  kernel::UseFiles use_;
  std::map<std::uint64_t, Entry> entries_;  ///< by cgroup id
  std::optional<MonoTime> measured_;
  bool host_unknown_ = false;  ///< in the last round
};

}  // namespace kernwise::profiler
