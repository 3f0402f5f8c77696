// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/fd.hpp"
#include "common/base/result.hpp"
#include "common/report/report.hpp"
#include "profiler/sense/counters.hpp"

namespace kernwise::kernel {

/// What the files of one cgroup say. Files that this kernel or hierarchy does not have give no
/// value.
struct CgroupFiles {
  report::CpuStat cpu;
  std::optional<double> cpu_limit;  ///< cores, from cpu.max; no value when unlimited
  report::PressureSet pressure;
  bool cpu_pressure_read = false;  ///< false: `pressure.cpu` is what it was known to be
  sense::MemoryUse memory;
  std::optional<std::uint64_t> memory_working_set_bytes;  ///< memory.current - inactive_file
};

/// The cgroup2 hierarchy of this machine.
class CgroupTree {
 public:
  /// Opens the cgroup2 mount: `root` when given, else the first one in /proc/self/mountinfo.
  /// Errors: there is none, or it is not cgroup2.
  [[nodiscard]] static Result<CgroupTree> open(const std::string& root = {},
                                               const std::string& proc_root = "/proc");
  /// A directory tree taken as it is: recorded cgroups of tests, or a copy of another machine's.
  [[nodiscard]] static Result<CgroupTree> at(const std::string& root);

  /// No hierarchy at all: nothing to walk, nothing to read.
  [[nodiscard]] static CgroupTree none() { return CgroupTree({}, Fd(), false); }

  [[nodiscard]] const std::string& root() const { return root_; }
  /// True when other controllers live on version 1 beside it: most files are then absent.
  [[nodiscard]] bool hybrid() const { return hybrid_; }

  /// Calls `each(id, path)` for every cgroup below the root, parents first, at most `max`. False
  /// when there were more, or one could not be read.
  bool walk(const std::function<void(std::uint64_t id, const std::string& path)>& each,
            std::size_t max = 65'536) const;
  /// The path of a cgroup id in O(1), by its file handle. Needs CAP_DAC_READ_SEARCH.
  [[nodiscard]] Result<std::string> path_of(std::uint64_t id) const;
  [[nodiscard]] Result<std::uint64_t> id_of(const std::string& path) const;

 private:
  CgroupTree(std::string root, Fd directory, bool hybrid)
      : root_(std::move(root)), directory_(std::move(directory)), hybrid_(hybrid) {}

  std::string root_;
  Fd directory_;
  bool hybrid_ = false;
};

/// Parsers of the files, for tables of real and hostile texts.
[[nodiscard]] report::CpuStat parse_cpu_stat(std::string_view text);
[[nodiscard]] std::optional<double> parse_cpu_max(std::string_view text);
[[nodiscard]] std::optional<report::Pressure> parse_pressure(std::string_view text);
/// The number after `key` in a file of `key number` lines.
[[nodiscard]] std::optional<std::uint64_t> number_after(std::string_view text,
                                                        std::string_view key);
/// The number that a file of one number, or the first line of several, holds.
[[nodiscard]] std::optional<std::uint64_t> leading_number(std::string_view text);

}  // namespace kernwise::kernel
