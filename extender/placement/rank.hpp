// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "extender/placement/expected.hpp"
#include "extender/placement/node_table.hpp"
#include "extender/placement/rating_memory.hpp"
#include "extender/placement/score.hpp"

/// PURE. Rates thousands of nodes at once; bit for bit what `rate` says of each.
namespace kernwise::placement {

/// Why there is no answer (`[]` on the wire).
enum class Abstention : std::uint8_t { none, no_candidates, too_few_fresh, warming_up };
[[nodiscard]] std::string_view name_of(Abstention abstention);

/// Who asks, and what is known beside the table. All it refers to must outlive its use.
struct Question {
  const PodProfile& pod;
  const ScoreParams& params;
  double elapsed_seconds = 0;              ///< since the ages of the table were taken
  std::int32_t priority = 0;               ///< of the pod
  const ExpectedLoad* expected = nullptr;  ///< beside the table's rows
  bool warming_up = false;                 ///< too little was seen yet to have an opinion
  /// Changes nothing but the time it takes, and that a ranking may come without qualities.
  RatingMemory* memory = nullptr;
};

struct Ranking {
  Abstention abstention = Abstention::none;
  /// Quality given to nodes without data: the median of the candidates not yet fading (age <=
  /// `fresh_seconds`). Worked out only where a candidate needs it.
  double neutral = 0.5;
  double fresh_part = 0;
  /// Beside the candidates; empty when abstaining.
  std::vector<std::uint8_t> scores;
  std::vector<double> qualities;  ///< likewise, and maybe with Question::memory
};

/// Rates candidates, given as positions in `nodes`; kNoRow = a node nobody reported.
[[nodiscard]] Ranking rank(const NodeTable& nodes, std::span<const std::uint32_t> candidates,
                           const Question& question);

/// One candidate's part of a ranking with all its terms.
[[nodiscard]] Rated rated(const NodeTable& nodes, std::uint32_t candidate, const Question& question,
                          const Ranking& ranking);

/// Which candidates are the `most` best, best first; equals in the order of the request.
[[nodiscard]] std::vector<std::size_t> best_of(const Ranking& ranking, std::size_t most);

}  // namespace kernwise::placement
