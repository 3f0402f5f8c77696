// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/view/workload_look.hpp"

#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "orchestrator/view/influence.hpp"

namespace kernwise::view {
namespace {

using placement::kResources;
using placement::PerResource;

constexpr double kMostOfOneNode = 1.0 / 3;

double sum_of(const PerResource& amounts) {
  return std::accumulate(amounts.begin(), amounts.end(), 0.0);
}

}  // namespace

double amount(double value) {
  return std::isfinite(value) && value > 0 ? value : 0.0;
}

PerResource normalised(const PerResource& amounts) {
  const double sum = sum_of(amounts);
  if (sum < 1e-3) return {};
  PerResource parts = amounts;
  for (double& part : parts) part /= sum;
  return parts;
}

bool is_empty(const PerResource& mix) {
  return sum_of(mix) <= 0;
}

Look look_of(std::span<const NodePart> nodes) {
  std::vector<double> weights;
  weights.reserve(nodes.size());
  for (const NodePart& node : nodes) weights.push_back(node.pods);
  weights = capped(std::move(weights), nodes.size() >= 3 ? kMostOfOneNode : 1.0);
  Look look;
  PerResource mix{};
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const NodePart& node = nodes[i];
    const PerResource part = normalised(node.time);
    for (std::size_t r = 0; r < kResources; ++r) {
      look.demand[r] += weights[i] * node.demand[r];
      mix[r] += weights[i] * part[r];
      if (node.active > 0) look.stalled[r] += weights[i] * node.stalled[r] / node.active;
    }
  }
  look.mix = normalised(mix);
  return look;
}

}  // namespace kernwise::view
