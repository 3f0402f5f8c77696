// SPDX-License-Identifier: Apache-2.0
#include "extender/placement/filter.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace kernwise::placement {
namespace {

/// PriorityClass system-cluster-critical; everything from here on belongs to the system.
constexpr std::int32_t kSystemCritical = 2'000'000'000;

struct Veto {
  Resource resource;
  double excess;  ///< contention over the hard limit: how much worse than just enough
};

std::optional<Veto> veto_of(const NodeRow& node, const PodProfile& profile,
                            const FilterParams& params) {
  std::optional<Veto> worst;
  for (std::size_t r = 0; r < kResources; ++r) {
    const auto resource = static_cast<Resource>(r);
    const bool vetoed = over_for_long(node, resource, params) && profile.mix[r] >= params.min_mix;
    const double excess = node.contention[r] - params.hard_limit[r];
    if (vetoed && (!worst || excess > worst->excess)) worst = Veto{resource, excess};
  }
  return worst;
}

/// The excess a node must be above to stay rejected when only `allowed` may be.
double border(std::vector<double> excesses, std::size_t allowed) {
  if (allowed >= excesses.size()) return -std::numeric_limits<double>::infinity();
  const auto first_kept = excesses.begin() + static_cast<std::ptrdiff_t>(allowed);
  std::nth_element(excesses.begin(), first_kept, excesses.end(), std::greater<>());
  return *first_kept;
}

std::size_t rejections_allowed(std::size_t candidates, const FilterParams& params) {
  const double part = std::clamp(params.min_kept_part, 0.0, 1.0);
  const double kept = std::max(1.0, std::ceil(part * static_cast<double>(candidates) - 1e-9));
  return candidates - std::min(candidates, static_cast<std::size_t>(kept));
}

}  // namespace

std::uint16_t windows_over(std::uint16_t before, double contention, Resource resource,
                           const FilterParams& params) {
  const auto r = static_cast<std::size_t>(resource);
  if (contention > params.hard_limit[r]) {
    return before == std::numeric_limits<std::uint16_t>::max()
               ? before
               : static_cast<std::uint16_t>(before + 1);
  }
  const bool vetoed = before >= params.windows;
  return vetoed && contention > params.recovered[r] ? before : std::uint16_t{0};
}

bool over_for_long(const NodeRow& node, Resource resource, const FilterParams& params) {
  const auto r = static_cast<std::size_t>(resource);
  return node.windows_over_limit[r] >= params.windows && node.contention[r] > params.recovered[r] &&
         std::isfinite(node.contention[r]);
}

Filtering filter(const NodeTable& nodes, std::span<const std::uint32_t> candidates,
                 const PodFacts& pod, const Question& question, const FilterParams& params) {
  Filtering result;
  result.rejected.resize(candidates.size());
  if (!params.enabled || is_exempt(pod)) return result;

  std::vector<std::optional<Veto>> vetoes(candidates.size());
  std::vector<double> excesses;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (candidates[i] == kNoRow) continue;
    const NodeRow& node = nodes.rows()[candidates[i]];
    // Written so that an age of NaN is not fresh.
    if (!(node.age_seconds + question.elapsed_seconds <= question.params.fresh_seconds)) continue;
    vetoes[i] = veto_of(node, question.pod, params);
    if (vetoes[i]) excesses.push_back(vetoes[i]->excess);
  }
  const std::size_t allowed = rejections_allowed(candidates.size(), params);
  result.overridden = excesses.size() > allowed;
  const double above = border(std::move(excesses), allowed);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (vetoes[i] && vetoes[i]->excess > above) result.rejected[i] = vetoes[i]->resource;
  }
  return result;
}

std::string_view rejection_text(Resource resource) {
  switch (resource) {
    case Resource::cpu:
      return "cpu contended (kernel run-queue wait)";
    case Resource::disk:
      return "disk saturated (kernel I/O stall)";
    case Resource::memory:
      return "memory contended (kernel reclaim stall)";
  }
  return "";
}

bool is_of_system(const PodFacts& pod) {
  const bool daemon = std::any_of(pod.owners.begin(), pod.owners.end(),
                                  [](const Owner& owner) { return owner.kind == "DaemonSet"; });
  return daemon || pod.priority >= kSystemCritical;
}

bool is_exempt(const PodFacts& pod) {
  return is_of_system(pod) || !pod.nominated_node.empty();
}

}  // namespace kernwise::placement
