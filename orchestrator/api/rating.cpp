// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/api/rating.hpp"

#include <numeric>

#include "extender/placement/explain.hpp"
#include "orchestrator/api/encode.hpp"

namespace kernwise::api {

void write_rating(json::Writer& json, const view::Snapshot& snapshot,
                  const placement::Question& question, std::size_t most) {
  const placement::NodeTable& nodes = *snapshot.table;
  std::vector<std::uint32_t> all(nodes.rows().size());
  std::iota(all.begin(), all.end(), 0U);
  const auto ranking = placement::rank(nodes, all, question);
  json.member("abstention", placement::explain_abstention(ranking, question.params));
  json.key("nodes").begin_array();
  for (const std::size_t i : placement::best_of(ranking, most)) {
    const auto row = static_cast<std::uint32_t>(i);
    const auto rated = placement::rated(nodes, row, question, ranking);
    auto node = placement::explain(rated, nodes.rows()[i].name, ranking.neutral, question.params);
    node.inputs = placement::inputs_of(nodes.rows()[i], {});
    write(json, node);
  }
  json.end_array();
}

}  // namespace kernwise::api
