// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/cost.hpp"

#include <bpf/bpf.h>

#include "profiler/sense/window.hpp"

namespace kernwise::kernel {

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
  cost_ = sense::calibrated(static_cast<double>(spent), sense::between(begun_, counters_.runs()),
                            cost_);
}

sense::ByCollector CostSampler::spent_ns() {
  const auto now = counters_.runs();
  const auto runs = sense::between(last_, now);
  cost_ = sense::learned(runs, cost_);
  last_ = now;
  return sense::estimated_ns(runs, cost_);
}

}  // namespace kernwise::kernel
