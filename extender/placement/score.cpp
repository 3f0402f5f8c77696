// SPDX-License-Identifier: Apache-2.0
#include "extender/placement/score.hpp"

#include <algorithm>
#include <cmath>

namespace kernwise::placement {
namespace {

/// Sums and squares of values up to here stay finite.
constexpr double kHuge = 1e18;

/// A quantity nobody vouches for: NaN and negative are nothing, infinity is huge.
double amount(double value) {
  return value > 0 ? std::min(value, kHuge) : 0;
}
double part(double value) {
  return std::min(amount(value), 1.0);
}

/// What the formula needs of a pod, worked out once for all candidates.
struct Arrival {
  PerResource demand{}, mix{}, sensitivity{}, weight{};
};

Arrival arrival_of(const PodProfile& pod) {
  Arrival arrival;
  double sum = 0;
  for (std::size_t r = 0; r < kResources; ++r) {
    arrival.demand[r] = amount(pod.demand[r]);
    arrival.mix[r] = amount(pod.mix[r]);
    sum += arrival.mix[r];
    // A sensitivity that is no number is an unknown one.
    arrival.sensitivity[r] = std::isfinite(pod.sensitivity[r]) ? amount(pod.sensitivity[r]) : 1.0;
  }
  if (sum <= 0) {
    arrival.mix = PodProfile{}.mix;
    sum = 1;
  }
  for (double& mix : arrival.mix) mix /= sum;
  const double largest = *std::max_element(arrival.mix.begin(), arrival.mix.end());
  for (std::size_t r = 0; r < kResources; ++r) {
    arrival.weight[r] = 0.3 + 0.7 * arrival.mix[r] / largest;
  }
  return arrival;
}

double predicted_load(const NodeRow& node, const Arrival& pod, const ScoreParams& params,
                      std::size_t r) {
  const double capacity = amount(node.capacity[r]);
  // Without a capacity the demand cannot be related to anything: it is left out, for every pod
  // alike.
  const double added = capacity > 0 ? pod.demand[r] / capacity : 0;
  return amount(amount(node.load[r]) + params.deviation_factor * amount(node.deviation[r]) + added);
}

/// (load/threshold)^2, which passes 1 where the load passes the threshold.
double load_cost(double load, double threshold) {
  const double ratio = threshold > 0 ? load / threshold : load * kHuge;
  return part(ratio * ratio);
}

/// Works in locals and writes the result where it stays: copying half-written structs around cost
/// more than the arithmetic.
void write_cost(const NodeRow& node, const Arrival& pod, const ScoreParams& params, Cost& cost) {
  double victim = 0, aggressor = 0, weighted = 0, weights = 0, worst = 0;
  auto bottleneck = Resource::cpu;
  for (std::size_t r = 0; r < kResources; ++r) {
    const double load = predicted_load(node, pod, params, r);
    const double scaled = pod.weight[r] * load_cost(load, params.threshold[r]);
    cost.predicted[r] = load;
    bottleneck = scaled > worst ? static_cast<Resource>(r) : bottleneck;
    worst = std::max(worst, scaled);
    weighted += scaled;
    weights += pod.weight[r];
    victim += pod.mix[r] * part(node.contention[r]) * pod.sensitivity[r];
    aggressor += pod.mix[r] * part(node.sensitivity[r]) * part(load);
  }
  const double mean = weighted / weights;
  const double interference = part(victim + params.aggressor * aggressor);
  const double churn = part(node.churn);
  cost.worst = worst;
  cost.mean = mean;
  cost.interference = interference;
  cost.churn = churn;
  cost.total = part(params.weight_worst * worst + params.weight_mean * mean +
                    params.weight_interference * interference + params.weight_churn * churn);
  cost.bottleneck = bottleneck;
}

/// Every number of the row is finite: anything times zero is zero unless it is NaN or infinite.
bool is_usable(const NodeRow& node) {
  double probe = (node.age_seconds + node.churn) * 0.0;
  for (std::size_t r = 0; r < kResources; ++r) {
    probe += (node.load[r] * 0.0) + (node.deviation[r] * 0.0) + (node.contention[r] * 0.0) +
             (node.sensitivity[r] * 0.0) + (node.capacity[r] * 0.0);
  }
  return probe == 0;
}

/// Mean of the two middle values where there are two; 0.5 of nothing.
double median(std::vector<double>& values) {
  if (values.empty()) return 0.5;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

void rate(const NodeRow* node, const Arrival& pod, const ScoreParams& params, double elapsed,
          Rated& rated) {
  if (node == nullptr || !is_usable(*node)) return;
  const double age = std::max(0.0, node->age_seconds + amount(elapsed));
  const double fresh = freshness(age, params);
  rated.age_seconds = age;
  rated.fresh = fresh;
  if (fresh <= 0) return;
  rated.reason = age <= params.fresh_seconds ? Reason::measured : Reason::fading;
  write_cost(*node, pod, params, rated.cost);
  rated.quality = 1 - rated.cost.total;
}

void settle(Rated& rated, double neutral) {
  rated.quality = rated.fresh * rated.quality + (1 - rated.fresh) * neutral;
  rated.score = static_cast<int>(std::floor(kMaxScore * part(rated.quality) + 0.5));
}

}  // namespace

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

std::string_view name_of(Abstention abstention) {
  switch (abstention) {
    case Abstention::none:
      return "none";
    case Abstention::no_candidates:
      return "no_candidates";
    case Abstention::too_few_fresh:
      return "too_few_fresh";
  }
  return "";
}

Cost cost_of(const NodeRow& node, const PodProfile& pod, const ScoreParams& params) {
  Cost cost;
  write_cost(node, arrival_of(pod), params, cost);
  return cost;
}

double freshness(double age_seconds, const ScoreParams& params) {
  if (std::isnan(age_seconds) || age_seconds > params.dead_seconds) return 0;
  if (age_seconds <= params.fresh_seconds) return 1;
  if (params.fade_seconds <= 0) return 0;
  return std::exp((params.fresh_seconds - age_seconds) / params.fade_seconds);
}

Ranking rank(std::span<const NodeRow* const> candidates, const PodProfile& pod,
             const ScoreParams& params, double elapsed_seconds) {
  Ranking ranking;
  if (candidates.empty()) {
    ranking.abstention = Abstention::no_candidates;
    return ranking;
  }
  const Arrival arrival = arrival_of(pod);
  std::vector<double> fresh_qualities;
  fresh_qualities.reserve(candidates.size());
  ranking.nodes.resize(candidates.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    Rated& rated = ranking.nodes[i];
    rate(candidates[i], arrival, params, elapsed_seconds, rated);
    if (rated.reason == Reason::measured) fresh_qualities.push_back(rated.quality);
  }
  const auto all = static_cast<double>(candidates.size());
  const auto fresh = static_cast<double>(fresh_qualities.size());
  ranking.fresh_part = fresh / all;
  ranking.neutral = median(fresh_qualities);
  // Compared as a product: 60 % of five candidates are three, whatever 3/5 rounds to.
  if (fresh + 1e-9 < params.min_fresh_part * all) {
    ranking.abstention = Abstention::too_few_fresh;
    ranking.nodes.clear();
    return ranking;
  }
  for (Rated& rated : ranking.nodes) settle(rated, ranking.neutral);
  return ranking;
}

}  // namespace kernwise::placement
