// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "extender/placement/score.hpp"

/// PURE. What of the model may be tuned: options, replays and documentation are made from this one
/// table, the defaults are those of ScoreParams.
namespace kernwise::placement {

struct Tunable {
  enum class Unit : std::uint8_t { number, seconds };
  std::string_view name;  ///< dotted: `weight.worst`
  double low = 0, high = 0;
  Unit unit = Unit::number;
  std::string_view help;  ///< one line
  double& (*in)(ScoreParams& params) = nullptr;
};

[[nodiscard]] std::span<const Tunable> tunables();
[[nodiscard]] double value_in(const ScoreParams& params, const Tunable& tunable);

/// `spread`, `pack`, `protect`; false for anything else, which changes nothing.
[[nodiscard]] bool set_shape(ScoreParams& params, std::string_view name);

/// Why the parameters contradict each other, the name first; empty when they do not: weights that
/// add up to nothing or to more than 1, data that is dead before it begins to fade.
[[nodiscard]] std::string contradiction_in(const ScoreParams& params);

/// Changes what `changes` names, as `interference=0.5,weight.churn=0,shape=pack`; `weight.` may be
/// left out. The complaint names what is unknown or out of range and then nothing is changed; empty
/// when all is well.
[[nodiscard]] std::string adjust(ScoreParams& params, std::string_view changes);

}  // namespace kernwise::placement
