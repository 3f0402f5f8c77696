// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "extender/placement/rank.hpp"

namespace kernwise::placement::example {

/// A table of copies of some rows, and the rating of all of them in that order; nullptr is a node
/// nobody reported.
struct Rating {
  NodeTable nodes;
  std::vector<std::uint32_t> candidates;
  Ranking ranking;
  std::vector<Rated> rated;  ///< empty when abstaining
};

inline NodeTable table_of(std::span<const NodeRow* const> rows,
                          std::vector<std::uint32_t>& candidates) {
  std::vector<NodeRow> known;
  for (const NodeRow* row : rows) {
    candidates.push_back(row == nullptr ? kNoRow : static_cast<std::uint32_t>(known.size()));
    if (row != nullptr) known.push_back(*row);
  }
  return NodeTable(std::move(known));
}

inline Rating rate_all(std::span<const NodeRow* const> rows, const PodProfile& pod,
                       const ScoreParams& params = {}, double elapsed_seconds = 0) {
  Rating rating;
  rating.nodes = table_of(rows, rating.candidates);
  const Question question{.pod = pod, .params = params, .elapsed_seconds = elapsed_seconds};
  rating.ranking = rank(rating.nodes, rating.candidates, question);
  if (rating.ranking.abstention != Abstention::none) return rating;
  for (const std::uint32_t candidate : rating.candidates) {
    rating.rated.push_back(rated(rating.nodes, candidate, question, rating.ranking));
  }
  return rating;
}

}  // namespace kernwise::placement::example
