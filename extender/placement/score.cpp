// SPDX-License-Identifier: Apache-2.0
#include "extender/placement/score.hpp"

#include <algorithm>
#include <cmath>

#include "extender/placement/formula.hpp"

namespace kernwise::placement {
namespace {

using formula::amount;
using formula::part;

/// Sums over the resources.
struct Sums {
  double worst = 0, weighted = 0, victim = 0, aggressor = 0;
};

}  // namespace

namespace formula {

Pod::Pod(const PodProfile& profile) {
  double sum = 0;
  for (std::size_t r = 0; r < kResources; ++r) {
    demand[r] = amount(profile.demand[r]);
    mix[r] = amount(profile.mix[r]);
    sum += mix[r];
    // A sensitivity that is no number is an unknown one.
    sensitivity[r] = std::isfinite(profile.sensitivity[r]) ? amount(profile.sensitivity[r]) : 1.0;
  }
  if (sum <= 0) {
    mix = PodProfile{}.mix;
    sum = 1;
  }
  for (double& of : mix) of /= sum;
  const double largest = *std::max_element(mix.begin(), mix.end());
  for (std::size_t r = 0; r < kResources; ++r) {
    weight[r] = 0.3 + 0.7 * mix[r] / largest;
    weights += weight[r];
  }
}

Params::Params(const ScoreParams& params) : given(params) {
  for (std::size_t r = 0; r < kResources; ++r) {
    per_threshold[r] = params.threshold[r] > 0 ? std::min(1 / params.threshold[r], kHuge) : kHuge;
  }
  const bool protects = params.shape == Shape::protect;
  aggressor = protects ? 2 * params.aggressor : params.aggressor;
  aggressor_of_lower = protects ? 2 * aggressor : aggressor;
}

bool is_usable(const NodeRow& node) {
  double probe = (node.age_seconds + node.churn) * 0.0;
  for (std::size_t r = 0; r < kResources; ++r) {
    probe += (node.load[r] * 0.0) + (node.deviation[r] * 0.0) + (node.pending[r] * 0.0) +
             (node.contention[r] * 0.0) + (node.sensitivity[r] * 0.0) + (node.capacity[r] * 0.0);
  }
  return probe == 0;
}

}  // namespace formula

std::string_view name_of(Resource resource) {
  switch (resource) {
    case Resource::cpu:
      return "cpu";
    case Resource::disk:
      return "disk";
    case Resource::memory:
      return "memory";
  }
  return "";
}

std::string_view name_of(Reason reason) {
  switch (reason) {
    case Reason::measured:
      return "measured";
    case Reason::fading:
      return "fading";
    case Reason::unknown:
      return "unknown";
  }
  return "";
}

std::string_view name_of(Shape shape) {
  switch (shape) {
    case Shape::spread:
      return "spread";
    case Shape::pack:
      return "pack";
    case Shape::protect:
      return "protect";
  }
  return "";
}

Cost cost_of(const NodeRow& node, const PodProfile& profile, const ScoreParams& given,
             const Circumstances& circumstances) {
  const formula::Pod pod(profile);
  const formula::Params params(given);
  Cost cost;
  Sums sums;
  for (std::size_t r = 0; r < kResources; ++r) {
    const double added =
        formula::change(node.pending[r]) + amount(circumstances.expected[r]) + pod.demand[r];
    const double load =
        formula::predicted(amount(node.load[r]), amount(node.deviation[r]),
                           formula::inverse(node.capacity[r]), added, given.deviation_factor);
    const double alone = given.shape == Shape::pack
                             ? formula::pack_cost(load, params.per_threshold[r])
                             : formula::spread_cost(load, params.per_threshold[r]);
    const double scaled = pod.weight[r] * alone;
    cost.predicted[r] = load;
    if (scaled > sums.worst) cost.bottleneck = static_cast<Resource>(r);
    sums.worst = std::max(sums.worst, scaled);
    sums.weighted += scaled;
    sums.victim += pod.mix[r] * part(node.contention[r]) * pod.sensitivity[r];
    sums.aggressor += pod.mix[r] * part(node.sensitivity[r]) * std::min(load, 1.0);
  }
  const bool lower = circumstances.priority < node.top_priority;
  cost.worst = sums.worst;
  cost.mean = sums.weighted / pod.weights;
  cost.interference = formula::interference(sums.victim, sums.aggressor,
                                            lower ? params.aggressor_of_lower : params.aggressor);
  cost.churn = part(node.churn);
  cost.total = formula::total(cost.worst, cost.mean, cost.interference, cost.churn, given);
  return cost;
}

double freshness(double age_seconds, const ScoreParams& params) {
  if (std::isnan(age_seconds) || age_seconds > params.dead_seconds) return 0;
  if (age_seconds <= params.fresh_seconds) return 1;
  if (params.fade_seconds <= 0) return 0;
  return std::exp((params.fresh_seconds - age_seconds) / params.fade_seconds);
}

Rated rate(const NodeRow* node, const PodProfile& pod, const ScoreParams& params,
           const Circumstances& circumstances) {
  Rated rated;
  if (node != nullptr && formula::is_usable(*node)) {
    const double age = std::max(0.0, node->age_seconds + amount(circumstances.elapsed_seconds));
    rated.age_seconds = age;
    rated.fresh = freshness(age, params);
    if (rated.fresh > 0) {
      rated.reason = age <= params.fresh_seconds ? Reason::measured : Reason::fading;
      rated.cost = cost_of(*node, pod, params, circumstances);
    }
  }
  rated.quality = formula::settled(1 - rated.cost.total, rated.fresh, circumstances.neutral);
  rated.score = formula::score_of(rated.quality, params.strength);
  return rated;
}

}  // namespace kernwise::placement
