// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "common/base/fd.hpp"
#include "profiler/kernel/programs.hpp"

namespace kernwise::kernel {

/// Measures what the programs cost without paying for it all the time: the kernel's run time
/// statistics add about 25 ns to every run of every program, so they are on for a moment only.
/// Turning them on needs CAP_SYS_ADMIN; without it the cost is simply not known.
class CostSampler {
 public:
  explicit CostSampler(const Programs& programs) : programs_(programs) {}
  void begin(std::uint64_t now_ns);
  /// Ends the measurement; the part of one CPU that the programs used while it ran.
  void end(std::uint64_t now_ns);
  [[nodiscard]] bool running() const { return enabled_.valid(); }
  /// CPU seconds per second of the last measurement; 0 before the first.
  [[nodiscard]] double load() const { return load_; }

 private:
  const Programs& programs_;
  Fd enabled_;
  std::uint64_t begun_ns_ = 0, run_time_ns_ = 0;
  double load_ = 0;
};

}  // namespace kernwise::kernel
