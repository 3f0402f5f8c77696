// SPDX-License-Identifier: Apache-2.0
#include "extender/placement/tuning.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace kernwise::placement {
namespace {

template <double ScoreParams::* kMember>
double& plain(ScoreParams& params) {
  return params.*kMember;
}
template <std::size_t kResource>
double& threshold(ScoreParams& params) {
  return params.threshold[kResource];
}

using Unit = Tunable::Unit;

// Below 5 % of a capacity every node would be full; beyond four deviations nothing is left to see.
constexpr std::array<Tunable, 14> kTunables{{
    {"weight.worst", 0, 1, Unit::number, "weight of the most loaded resource",
     plain<&ScoreParams::weight_worst>},
    {"weight.mean", 0, 1, Unit::number, "weight of the mean over the resources",
     plain<&ScoreParams::weight_mean>},
    {"weight.interference", 0, 1, Unit::number,
     "weight of contention: what the pod would suffer and do to others",
     plain<&ScoreParams::weight_interference>},
    {"weight.churn", 0, 1, Unit::number, "weight of recent starts on the node",
     plain<&ScoreParams::weight_churn>},
    {"threshold.cpu", 0.05, 1, Unit::number, "part of the CPUs beyond which a node costs all",
     threshold<0>},
    {"threshold.disk", 0.05, 1, Unit::number, "the same of the busiest disk's time", threshold<1>},
    {"threshold.memory", 0.05, 1, Unit::number, "the same of memory", threshold<2>},
    {"deviations", 0, 4, Unit::number,
     "standard deviations of the last minute that are added to a load",
     plain<&ScoreParams::deviation_factor>},
    {"aggressor", 0, 4, Unit::number,
     "weight of what the pod does to the residents, beside what it suffers",
     plain<&ScoreParams::aggressor>},
    {"strength", 0, 1, Unit::number, "how far from 5 scores may be; at 0 there is no preference",
     plain<&ScoreParams::strength>},
    {"fresh", 1, 600, Unit::seconds, "age up to which a node's data counts wholly",
     plain<&ScoreParams::fresh_seconds>},
    {"fade", 1, 3600, Unit::seconds, "time constant with which older data fades to the median",
     plain<&ScoreParams::fade_seconds>},
    {"dead", 1, 3600, Unit::seconds, "age beyond which nothing of it is left",
     plain<&ScoreParams::dead_seconds>},
    {"min_fresh", 0, 1, Unit::number,
     "part of the candidates that must have fresh data, else there is no opinion",
     plain<&ScoreParams::min_fresh_part>},
}};

const Tunable* find(std::string_view name) {
  const auto is = [name](const Tunable& tunable) {
    constexpr std::string_view kWeight = "weight.";
    return tunable.name == name ||
           (tunable.name.starts_with(kWeight) && tunable.name.substr(kWeight.size()) == name);
  };
  const auto found = std::find_if(kTunables.begin(), kTunables.end(), is);
  return found == kTunables.end() ? nullptr : &*found;
}

std::string shown(double number) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr};
}

std::string change(ScoreParams& params, std::string_view name, std::string_view text) {
  const std::string quoted = "'" + std::string(name.substr(0, 64)) + "'";
  if (name == "shape") {
    return set_shape(params, text) ? "" : "shape: expected spread, pack or protect";
  }
  const Tunable* tunable = find(name);
  if (tunable == nullptr) return quoted + ": there is nothing of that name to tune";
  double value = 0;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = problem == std::errc{} && stop == text.data() + text.size();
  if (!whole || !(value >= tunable->low && value <= tunable->high)) {
    return std::string(tunable->name) + ": expected a number from " + shown(tunable->low) + " to " +
           shown(tunable->high);
  }
  tunable->in(params) = value;
  return {};
}

}  // namespace

std::span<const Tunable> tunables() {
  return kTunables;
}

double value_in(const ScoreParams& params, const Tunable& tunable) {
  ScoreParams copy = params;
  return tunable.in(copy);
}

bool set_shape(ScoreParams& params, std::string_view name) {
  for (const Shape shape : {Shape::spread, Shape::pack, Shape::protect}) {
    if (name_of(shape) != name) continue;
    params.shape = shape;
    return true;
  }
  return false;
}

std::string contradiction_in(const ScoreParams& params) {
  const double sum =
      params.weight_worst + params.weight_mean + params.weight_interference + params.weight_churn;
  // The cost would be cut off at 1 and bad nodes would look alike.
  if (sum > 1 + 1e-9) return "weight: the four add up to " + shown(sum) + ", more than 1";
  if (sum <= 0) return "weight: one of the four must be above 0";
  if (params.dead_seconds < params.fresh_seconds) return "dead: less than fresh";
  return {};
}

std::string adjust(ScoreParams& params, std::string_view changes) {
  ScoreParams changed = params;
  while (!changes.empty()) {
    const std::string_view one = changes.substr(0, changes.find(','));
    changes.remove_prefix(std::min(changes.size(), one.size() + 1));
    const std::size_t equals = one.find('=');
    if (equals == std::string_view::npos) {
      return "'" + std::string(one.substr(0, 64)) + "': expected NAME=VALUE";
    }
    auto complaint = change(changed, one.substr(0, equals), one.substr(equals + 1));
    if (!complaint.empty()) return complaint;
  }
  auto complaint = contradiction_in(changed);
  if (complaint.empty()) params = changed;
  return complaint;
}

}  // namespace kernwise::placement
