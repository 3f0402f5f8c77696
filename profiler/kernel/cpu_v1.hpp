// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/report/report.hpp"

namespace kernwise::kernel {

/// What cpu.stat and cpu.max would say of a cgroup whose CPU controller is on version 1.
struct CpuV1 {
  std::optional<std::uint64_t> periods, throttled_periods, throttled_us;
  std::optional<double> limit;  ///< cores; no value without a quota
};

/// The version 1 `cpu` hierarchy of a hybrid machine, where the version 2 tree has no quotas.
class CpuControllerV1 {
 public:
  /// Looks for it in PROC_ROOT/self/mountinfo; without one every read says nothing.
  explicit CpuControllerV1(std::string proc_root);

  /// Of the cgroup that the process is in; no value on a pure version 2 machine, for a process that
  /// is gone, and in the root, whose numbers are those of the whole machine.
  [[nodiscard]] std::optional<CpuV1> read(std::uint32_t pid) const;

 private:
  std::string proc_root_, mount_;
};

}  // namespace kernwise::kernel
