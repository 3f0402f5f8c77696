// SPDX-License-Identifier: Apache-2.0
#include "extender/placement/explain.hpp"

#include <cstdio>

namespace kernwise::placement {
namespace {

/// A number as people read it, without a locale's comma: the C locale is never changed here.
std::string number(double value, int decimals) {
  std::array<char, 32> text{};
  // %.*g keeps absurd magnitudes short; ordinary ones get fixed decimals.
  const char* format = value < 1e9 && value > -1e9 ? "%.*f" : "%.*g";
  const int length = std::snprintf(text.data(), text.size(), format, decimals, value);
  return {text.data(), static_cast<std::size_t>(length)};
}

std::string percent(double part) {
  return number(100 * part, 0) + " %";
}

std::string bottleneck_line(const Cost& cost, const ScoreParams& params) {
  const auto r = static_cast<std::size_t>(cost.bottleneck);
  return "bottleneck " + std::string(name_of(cost.bottleneck)) + ": predicted " +
         percent(cost.predicted[r]) + ", everything from " + percent(params.threshold[r]);
}

std::string cost_line(const Cost& cost, const std::array<CostPart, 4>& parts) {
  std::string line = "cost " + number(cost.total, 2) + " =";
  const char* sign = " ";
  for (const CostPart& part : parts) {
    line += sign + number(part.weight, 2) + " * " + std::string(part.name) + " " +
            number(part.value, 2);
    sign = " + ";
  }
  return line;
}

std::string age_line(const Rated& rated, double neutral) {
  const std::string median = "median of the fresh candidates " + number(neutral, 2);
  if (!rated.age_seconds) return "no usable report: " + median;
  const std::string age = "report " + number(*rated.age_seconds, 1) + " s old";
  switch (rated.reason) {
    case Reason::measured:
      return age;
    case Reason::fading:
      return age + ": counts " + percent(rated.fresh) + ", the rest is the " + median;
    case Reason::unknown:
      break;
  }
  return age + ", too old: " + median;
}

}  // namespace

NodeInputs inputs_of(const NodeRow& row, const PerResource& expected) {
  return {.load = row.load,
          .deviation = row.deviation,
          .pending = row.pending,
          .expected = expected,
          .contention = row.contention,
          .sensitivity = row.sensitivity,
          .capacity = row.capacity};
}

NodeExplanation explain(const Rated& rated, std::string_view name, double neutral,
                        const ScoreParams& params) {
  NodeExplanation node{.node = std::string(name),
                       .score = rated.score,
                       .quality = rated.quality,
                       .reason = rated.reason,
                       .fresh = rated.fresh,
                       .age_seconds = rated.age_seconds,
                       .bottleneck = {},
                       .parts = {},
                       .predicted = rated.cost.predicted,
                       .inputs = {},
                       .evidence = {}};
  const Cost& cost = rated.cost;
  node.parts = {{{"worst", cost.worst, params.weight_worst},
                 {"mean", cost.mean, params.weight_mean},
                 {"interference", cost.interference, params.weight_interference},
                 {"churn", cost.churn, params.weight_churn}}};
  if (rated.reason != Reason::unknown) {
    node.bottleneck = cost.bottleneck;
    node.evidence.push_back(bottleneck_line(cost, params));
    node.evidence.push_back(cost_line(cost, node.parts));
  }
  node.evidence.push_back(age_line(rated, neutral));
  return node;
}

std::string explain_abstention(const Ranking& ranking, const ScoreParams& params) {
  switch (ranking.abstention) {
    case Abstention::none:
      return {};
    case Abstention::no_candidates:
      return "no candidates were asked about";
    case Abstention::too_few_fresh:
      return percent(ranking.fresh_part) + " of the candidates have fresh data, " +
             percent(params.min_fresh_part) + " are needed";
    case Abstention::warming_up:
      return "too little has been seen since the start: what is on its way to the nodes is not "
             "known yet";
  }
  return {};
}

}  // namespace kernwise::placement
