// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/view/influence.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

namespace kernwise::view {
namespace {

/// With fewer nodes than that there is nobody to disagree.
constexpr std::size_t kFewNodes = 3;

double amount(double value) {
  return std::isfinite(value) && value > 0 ? value : 0.0;
}

/// The pods of one workload on one node.
struct OnNode {
  double most = 0, used = 0, completed = 0;
};

double most_of(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values, std::greater());
  return values[values.size() < kFewNodes ? 0 : 1];
}

/// Each node's own ratio: whatever one of them says, the middle stays between those of others.
double median_ratio(const std::vector<OnNode>& nodes) {
  std::vector<double> ratios;
  for (const OnNode& node : nodes) {
    if (node.completed > 0) ratios.push_back(node.used / node.completed);
  }
  if (ratios.empty() || (ratios.size() == 1 && nodes.size() >= kFewNodes)) return 0;
  std::ranges::sort(ratios);
  return ratios[(ratios.size() - 1) / 2];
}

}  // namespace

std::vector<double> capped(std::vector<double> weights, double most) {
  double free_weight = 0, free_part = 1;
  for (const double weight : weights) free_weight += weight;
  std::vector<bool> fixed(weights.size());
  for (bool again = true; again && free_weight > 0;) {
    again = false;
    const double scale = free_part / free_weight;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (fixed[i] || weights[i] * scale <= most) continue;
      free_weight -= weights[i];
      free_part -= most;
      weights[i] = most;
      fixed[i] = again = true;
    }
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!fixed[i]) weights[i] *= free_part / free_weight;
  }
  return weights;
}

Believed believed_of(const Workload& workload, MonoTime now) {
  std::map<const NodeState*, OnNode> by_node;
  for (const PodRef& ref : workload.pods) {
    if (!ref.node->fresh(now)) continue;
    OnNode& node = by_node[ref.node];
    const double used = amount(ref.pod->shares[Share::on_cpu]);
    node.most = std::max(node.most, used);
    node.used += used;
    node.completed += amount(ref.pod->completed_per_second);
  }
  std::vector<OnNode> nodes;
  std::vector<double> highest;
  OnNode all;
  for (const auto& [state, node] : by_node) {
    nodes.push_back(node);
    highest.push_back(node.most);
    all.used += node.used;
    all.completed += node.completed;
  }
  if (nodes.size() < kFewNodes) nodes = {all};
  return {.most_cores = most_of(std::move(highest)), .cores_per_request = median_ratio(nodes)};
}

}  // namespace kernwise::view
