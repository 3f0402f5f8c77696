// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>

#include "extender/placement/score.hpp"

/// Internal to this room: the arithmetic of the cost, step by step. Rating one node with all its
/// terms and rating thousands in columns call the same steps in the same order, so both give the
/// same bits.
namespace kernwise::placement::formula {

/// Sums and squares of values up to here stay finite.
inline constexpr double kHuge = 1e18;
/// Where Shape::pack is best, as a part of the threshold (Trimaran's TargetLoadPacking).
inline constexpr double kPackPoint = 0.8;

/// A quantity nobody vouches for: NaN and negative are nothing, infinity is huge.
inline double amount(double value) {
  return value > 0 ? std::min(value, kHuge) : 0;
}
inline double part(double value) {
  return std::min(amount(value), 1.0);
}
/// An amount that may be less than nothing; NaN is nothing.
inline double change(double value) {
  return std::isnan(value) ? 0 : std::clamp(value, -kHuge, kHuge);
}
/// 1/value for a capacity; 0 for an unknown one, so that what is added to it cannot be related to
/// anything and is left out, for every pod alike. Never infinite, since nothing may be added.
inline double inverse(double capacity) {
  return amount(capacity) > 0 ? amount(1 / amount(capacity)) : 0;
}

/// What the formula needs of a pod, worked out once for all nodes.
struct Pod {
  explicit Pod(const PodProfile& profile);
  bool operator==(const Pod&) const = default;
  PerResource demand{}, mix{}, sensitivity{}, weight{};
  double weights = 0;  ///< their sum
};

/// What it needs of the parameters.
struct Params {
  explicit Params(const ScoreParams& params);
  ScoreParams given;
  PerResource per_threshold{};  ///< 1/threshold, huge where that is nothing
  double aggressor = 0, aggressor_of_lower = 0;
};

/// All amounts are sane already; what is added may be negative where pods are leaving.
inline double predicted(double load, double deviation, double inverse_capacity, double added,
                        double factor) {
  return std::min(std::max(load + factor * deviation + added * inverse_capacity, 0.0), kHuge);
}

/// (load/threshold)^2, which passes 1 where the load passes the threshold.
inline double spread_cost(double load, double per_threshold) {
  const double ratio = std::min(load * per_threshold, kHuge);
  return std::min(ratio * ratio, 1.0);
}
/// Falls from 1 for an empty node to 0 at kPackPoint of the threshold and rises to 1 at it.
inline double pack_cost(double load, double per_threshold) {
  const double ratio = std::min(load * per_threshold, kHuge);
  const double below = 1 - ratio * (1 / kPackPoint);
  const double above = (ratio - kPackPoint) * (1 / (1 - kPackPoint));
  return std::min(std::max(below, above), 1.0);
}

/// The parts of the cost from the sums over the resources, each 0..1.
inline double interference(double victim, double aggressor, double factor) {
  return std::min(victim + factor * aggressor, 1.0);
}
inline double total(double worst, double mean, double harm, double churn,
                    const ScoreParams& params) {
  return part(params.weight_worst * worst + params.weight_mean * mean +
              params.weight_interference * harm + params.weight_churn * churn);
}

inline double settled(double quality, double fresh, double neutral) {
  return fresh * quality + (1 - fresh) * neutral;
}
/// floor(10 * quality + 1/2), in halves: a conversion is one instruction for several numbers, floor
/// is a call for each.
inline int score_of(double quality, double strength) {
  if (strength != 1) quality = 0.5 + part(strength) * (part(quality) - 0.5);
  return (static_cast<int>(2 * kMaxScore * part(quality)) + 1) / 2;
}

/// Every number of the row is finite: anything times zero is zero unless it is NaN or infinite.
bool is_usable(const NodeRow& node);

}  // namespace kernwise::placement::formula
