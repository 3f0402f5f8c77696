// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/cost.hpp"

#include <bpf/bpf.h>

#include "profiler/sense/window.hpp"

namespace kernwise::kernel {
namespace {

sense::ProgramRuns between(const sense::ProgramRuns& before, const sense::ProgramRuns& now) {
  return {.switches = sense::grown(before.switches, now.switches),
          .samples = sense::grown(before.samples, now.samples),
          .timed_switches = sense::grown(before.timed_switches, now.timed_switches),
          .timed_ns = sense::grown(before.timed_ns, now.timed_ns),
          .self_timed_ns = sense::grown(before.self_timed_ns, now.self_timed_ns)};
}

}  // namespace

bool CostSampler::begin() {
  enabled_ = Fd(bpf_enable_stats(BPF_STATS_RUN_TIME));  // CAP_SYS_ADMIN
  run_time_ns_ = programs_.run_time_ns();
  begun_ = counters_.runs();
  running_ = true;
  return enabled_.valid();
}

void CostSampler::end() {
  if (!running_) return;
  running_ = false;
  const auto spent = sense::grown(run_time_ns_, programs_.run_time_ns());
  enabled_.reset();
  if (spent == 0) return;  // nobody counted
  measured_ = true;
  cost_ = sense::calibrated(static_cast<double>(spent), between(begun_, counters_.runs()), cost_);
}

double CostSampler::spent_ns() {
  const auto now = counters_.runs();
  const auto spent = sense::estimated_ns(between(last_, now), cost_);
  last_ = now;
  return spent;
}

}  // namespace kernwise::kernel
