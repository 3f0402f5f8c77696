// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extender/placement/rank.hpp"

/// PURE. A ranking in words.
namespace kernwise::placement {

/// One term of the cost.
struct CostPart {
  std::string_view name;  ///< `worst`, `mean`, `interference`, `churn`
  double value = 0;       ///< 0..1
  double weight = 0;
};

/// What a rating was made of: the node's row, and what was expected there beside it.
struct NodeInputs {
  PerResource load{}, deviation{}, pending{}, expected{}, contention{}, sensitivity{}, capacity{};
};
[[nodiscard]] NodeInputs inputs_of(const NodeRow& row, const PerResource& expected);

struct NodeExplanation {
  std::string node;
  int score = 0;
  double quality = 0;
  Reason reason = Reason::unknown;
  double fresh = 0;
  std::optional<double> age_seconds;
  std::optional<Resource> bottleneck;  ///< none where no cost was worked out
  std::array<CostPart, 4> parts{};
  PerResource predicted{};            ///< load with the pod
  std::optional<NodeInputs> inputs;   ///< none for a node nobody reported
  std::vector<std::string> evidence;  ///< one to three lines for people
};

/// One rated node in words. `neutral` is that of its ranking.
[[nodiscard]] NodeExplanation explain(const Rated& rated, std::string_view name, double neutral,
                                      const ScoreParams& params);

/// Why there was no answer, in one line; empty for a ranking that has one.
[[nodiscard]] std::string explain_abstention(const Ranking& ranking, const ScoreParams& params);

}  // namespace kernwise::placement
