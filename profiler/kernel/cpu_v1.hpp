// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/report/report.hpp"
#include "profiler/kernel/kept_files.hpp"
#include "profiler/kernel/look_again.hpp"

namespace kernwise::kernel {

/// What cpu.stat and cpu.max would say of a cgroup whose CPU controller is on version 1.
struct CpuV1 {
  std::optional<std::uint64_t> periods, throttled_periods, throttled_us;
  std::optional<double> limit;  ///< cores; no value without a quota
};

/// Where a container's processes are in the `cpu` hierarchy, from one window to the next.
struct CpuV1Place {
  LookAgain again = {};
  std::string path = {};  ///< empty: in the root, or nowhere
};

/// The version 1 `cpu` hierarchy of a hybrid machine, where the version 2 tree has no quotas.
class CpuControllerV1 {
 public:
  /// Looks for it in PROC_ROOT/self/mountinfo; without one every read says nothing. `most`: files
  /// kept open.
  explicit CpuControllerV1(const std::string& proc_root, std::size_t most = kept_files_limit());

  /// Of the cgroup that the process is in; no value on a pure version 2 machine, for a process that
  /// is gone, and in the root, whose numbers are those of the whole machine. `place` is looked for
  /// anew when LookAgain says so, and when its files vanish.
  [[nodiscard]] std::optional<CpuV1> read(std::uint32_t pid, std::uint64_t start_ns,
                                          CpuV1Place& place);
  /// Closes the files of a container that is gone.
  void forget(const CpuV1Place& place) { files_.forget(place.path); }

 private:
  CpuControllerV1(std::string proc_root, std::string mount, std::size_t most);
  void look_for(std::uint32_t pid, CpuV1Place& place) const;
  /// A file that holds one number; -1 (no quota) and anything else is no value.
  std::optional<double> positive_number(KeptFiles::Directory& directory, std::size_t file);

  std::string proc_root_;
  bool exists_;
  KeptFiles files_;
};

}  // namespace kernwise::kernel
