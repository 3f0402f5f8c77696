// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"

namespace kernwise::scaling {

inline constexpr const char* kPending = "pending";

/// What became of a decision to change something.
struct Outcome {
  /// `observed`, `recommended`, `held`; `pending` until the API server has answered; then
  /// `applied`, `conflict` (changed by somebody in between), `refused` (by the API server),
  /// `failed` (not written) or `unknown` (sent, and the answer was lost).
  std::string result;
  std::string reason;  ///< low cardinality: `act`, `not_leader`, `cooldown`, `dry_run`, ...
  std::vector<std::string> evidence = {};
  std::optional<Seconds> latency = {};  ///< from the attempt to the last answer
  bool operator==(const Outcome&) const = default;
};

/// Whether it says the same; evidence and latency are never twice the same.
[[nodiscard]] inline bool says_the_same(const Outcome& left, const Outcome& right) {
  return left.result == right.result && left.reason == right.reason;
}

}  // namespace kernwise::scaling
