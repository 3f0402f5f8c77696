// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/view/past_profiles.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>
#include <utility>

#include "orchestrator/view/workload_look.hpp"

namespace kernwise::view {
namespace {

/// The answers about the pods of one workload on one node.
using Told = std::array<std::optional<double>, kPasts>;
using ByNode = std::map<std::string, Told, std::less<>>;

NodePart part_of(const Told& told) {
  const auto value = [&](Past past) {
    return amount(told[static_cast<std::size_t>(past)].value_or(0));
  };
  const double disk_part = std::min(1.0, value(Past::disk_part));
  return {.demand = {value(Past::cores), disk_part, value(Past::memory_bytes)},
          .time = {value(Past::cpu), value(Past::disk), value(Past::memory)},
          .stalled = {value(Past::runqueue), value(Past::disk), value(Past::memory)},
          .active = value(Past::active),
          .pods = value(Past::pods)};
}

/// What a pod needs must be told in full: what is not known is not nothing.
bool is_complete(const Told& told) {
  return std::ranges::all_of(
      std::array{Past::pods, Past::cores, Past::disk_part, Past::memory_bytes},
      [&](Past past) { return told[static_cast<std::size_t>(past)].has_value(); });
}

}  // namespace

PastProfiles past_profiles(const PastSamples& samples) {
  std::map<std::string, ByNode, std::less<>> workloads;
  for (std::size_t past = 0; past < kPasts; ++past) {
    for (const PastSample& sample : samples[past]) {
      if (!std::isfinite(sample.value) || sample.value < 0) continue;
      std::optional<double>& told = workloads[sample.workload][sample.node][past];
      if (!told) told = sample.value;
    }
  }
  PastProfiles profiles;
  for (const auto& [workload, nodes] : workloads) {
    std::vector<NodePart> parts;
    double replicas = 0;
    for (const auto& [node, told] : nodes) {
      const NodePart part = part_of(told);
      if (!is_complete(told) || part.pods <= 0) continue;
      replicas += part.pods;
      parts.push_back(part);
    }
    if (parts.empty()) continue;
    const Look look = look_of(parts);
    profiles.emplace(
        workload,
        PastProfile{
            .demand = look.demand, .mix = look.mix, .stalled = look.stalled, .replicas = replicas});
  }
  return profiles;
}

}  // namespace kernwise::view
