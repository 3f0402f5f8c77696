// SPDX-License-Identifier: Apache-2.0
#include "profiler/sense/recent_cost.hpp"

namespace kernwise::sense {

void RecentCost::add(const ByCollector& spent_ns, std::uint64_t elapsed_ns, double cores) {
  if (elapsed_ns == 0 || !(cores > 0)) return;
  const auto elapsed = static_cast<double>(elapsed_ns);
  windows_.push_back({.spent_ns = spent_ns, .elapsed_ns = elapsed, .cpu_ns = elapsed * cores});
  if (windows_.size() > kMostWindows) windows_.pop_front();
}

std::optional<ByCollector> RecentCost::parts() const {
  ByCollector sum;
  double elapsed = 0, cpu = 0;
  for (auto window = windows_.rbegin(); window != windows_.rend(); ++window) {
    for (std::size_t i = 0; i < kCollectors; ++i) sum.each[i] += window->spent_ns.each[i];
    elapsed += window->elapsed_ns;
    cpu += window->cpu_ns;
    if (elapsed >= static_cast<double>(kLeastNs)) break;
  }
  const bool enough = elapsed >= static_cast<double>(kLeastNs) || windows_.size() == kMostWindows;
  if (!enough) return std::nullopt;
  for (double& part : sum.each) part /= cpu;
  return sum;
}

}  // namespace kernwise::sense
