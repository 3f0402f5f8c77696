// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "common/base/fd.hpp"
#include "profiler/kernel/programs.hpp"
#include "profiler/kernel/reader.hpp"
#include "profiler/sense/program_cost.hpp"

namespace kernwise::kernel {

/// Knows what the programs cost without paying for it all the time: the kernel's run time
/// statistics add about 25 ns to every run of every program of the machine, so they are on for a
/// moment only. In between the cost is estimated from what the programs timed of themselves.
class CostSampler {
 public:
  /// Both must outlive the sampler.
  CostSampler(const Programs& programs, const CounterSource& counters)
      : programs_(programs), counters_(counters), last_(counters.runs()) {}

  /// Starts a measurement: true when the kernel counts. BPF_ENABLE_STATS needs CAP_SYS_ADMIN;
  /// without it the statistics of an administrator (kernel.bpf_stats_enabled) are used, if any.
  bool begin();
  /// Ends the measurement and learns from it.
  void end();
  [[nodiscard]] bool running() const { return running_; }
  /// True once a measurement has said something.
  [[nodiscard]] bool measured() const { return measured_; }

  /// CPU nanoseconds that the programs used since the last call, estimated.
  [[nodiscard]] sense::ByCollector spent_ns();
  [[nodiscard]] const sense::RunCost& cost() const { return cost_; }

 private:
  const Programs& programs_;
  const CounterSource& counters_;
  Fd enabled_;
  bool running_ = false, measured_ = false;
  std::uint64_t run_time_ns_ = 0;
  sense::ProgramRuns begun_, last_;
  sense::RunCost cost_;
};

}  // namespace kernwise::kernel
