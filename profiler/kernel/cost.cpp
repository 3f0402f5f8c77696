// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/cost.hpp"

#include <bpf/bpf.h>

namespace kernwise::kernel {

void CostSampler::begin(std::uint64_t now_ns) {
  enabled_ = Fd(bpf_enable_stats(BPF_STATS_RUN_TIME));
  begun_ns_ = now_ns;
  run_time_ns_ = programs_.run_time_ns();
}

void CostSampler::end(std::uint64_t now_ns) {
  if (!enabled_.valid()) return;
  enabled_.reset();
  const auto spent = programs_.run_time_ns() - run_time_ns_;
  if (now_ns > begun_ns_) {
    load_ = static_cast<double>(spent) / static_cast<double>(now_ns - begun_ns_);
  }
}

}  // namespace kernwise::kernel
