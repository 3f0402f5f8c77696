// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/history/placements.hpp"

#include <algorithm>
#include <utility>

namespace kernwise::history {
namespace {

using placement::NodeRow;
using placement::NodeTable;

/// Rows, their names and the columns made of them.
std::size_t size_of(const NodeTable& nodes) {
  constexpr std::size_t kColumns = 20 * sizeof(double), kName = 64;
  return nodes.rows().size() * (sizeof(NodeRow) + kColumns + kName);
}

std::size_t size_of(const protocol::Outcome& outcome) {
  return sizeof(PlacementRecord) + outcome.candidates.size() * (sizeof(std::uint32_t) + 1) +
         outcome.ranking.qualities.size() * sizeof(double) +
         outcome.expected.size() * sizeof(placement::Expected) + outcome.unknown.size() * 64 +
         outcome.filtering.rejected.size() * 2;
}

/// What a record's ranking was asked; the parts live as long as this.
struct Asked {
  explicit Asked(const protocol::Outcome& outcome) : expected(outcome.nodes->rows().size()) {
    for (const placement::Expected& more : outcome.expected) expected.add(more.row, more.demand, 1);
  }
  [[nodiscard]] placement::Question question(const protocol::Outcome& outcome,
                                             const placement::ScoreParams& params) const {
    return {.pod = outcome.profile,
            .params = params,
            .elapsed_seconds = outcome.elapsed_seconds,
            .priority = outcome.pod.priority,
            .expected = &expected,
            .warming_up = outcome.ranking.abstention == placement::Abstention::warming_up};
  }
  placement::ExpectedLoad expected;
};

/// Name of the candidate at `position`: the rows know theirs, the others are listed.
std::string_view name_at(const protocol::Outcome& outcome, std::size_t position) {
  const std::uint32_t row = outcome.candidates[position];
  if (row != placement::kNoRow) return outcome.nodes->rows()[row].name;
  const auto begin = outcome.candidates.begin();
  const auto before =
      std::count(begin, begin + static_cast<std::ptrdiff_t>(position), placement::kNoRow);
  return outcome.unknown[static_cast<std::size_t>(before)];
}

}  // namespace

PlacementRecord placement_record(std::string verb, protocol::Outcome outcome, WallTime time) {
  PlacementRecord record{.time = time, .verb = std::move(verb), .outcome = std::move(outcome)};
  record.candidates = record.outcome.candidates.size();
  record.unknown = record.outcome.unknown.size();
  const auto& rejected = record.outcome.filtering.rejected;
  record.rejected = static_cast<std::size_t>(std::count_if(
      rejected.begin(), rejected.end(), [](const auto& why) { return why.has_value(); }));
  return record;
}

std::string reason_of(const PlacementRecord& record) {
  const protocol::Outcome& outcome = record.outcome;
  if (!outcome.problem.empty()) return outcome.problem;
  return placement::explain_abstention(outcome.ranking, outcome.score);
}

std::vector<placement::NodeExplanation> best_nodes(const PlacementRecord& record) {
  std::vector<placement::NodeExplanation> best;
  if (!record.can_be_replayed()) return best;
  const protocol::Outcome& outcome = record.outcome;
  const Asked asked(outcome);
  const auto question = asked.question(outcome, outcome.score);
  // A filter's answer has no ranking, an abstention none that counts.
  if (outcome.ranking.scores.empty()) return best;
  const placement::Ranking ranking = placement::rank(*outcome.nodes, outcome.candidates, question);
  for (const std::size_t i : placement::best_of(ranking, PlacementRecord::kMostNodes)) {
    const auto rated = placement::rated(*outcome.nodes, outcome.candidates[i], question, ranking);
    auto node = placement::explain(rated, name_at(outcome, i), ranking.neutral, outcome.score);
    const std::uint32_t row = outcome.candidates[i];
    if (row != placement::kNoRow) {
      node.inputs = placement::inputs_of(outcome.nodes->rows()[row], asked.expected.at(row));
    }
    best.push_back(std::move(node));
  }
  return best;
}

std::optional<placement::PerResource> expected_load(const PlacementRecord& record,
                                                    std::string_view node) {
  if (!record.can_be_replayed()) return std::nullopt;
  const protocol::Outcome& outcome = record.outcome;
  const std::uint32_t row = outcome.nodes->index().find(node);
  const auto& candidates = outcome.candidates;
  const bool asked_about = std::find(candidates.begin(), candidates.end(), row) != candidates.end();
  if (row == placement::kNoRow || !asked_about) return std::nullopt;
  placement::ScoreParams params = outcome.score;
  params.deviation_factor = 0;
  const Asked asked(outcome);
  const auto rated =
      placement::rated(*outcome.nodes, row, asked.question(outcome, params), outcome.ranking);
  if (rated.reason == placement::Reason::unknown) return std::nullopt;
  return rated.cost.predicted;
}

std::optional<placement::Ranking> replay(const PlacementRecord& record,
                                         const std::optional<placement::ScoreParams>& params) {
  if (!record.can_be_replayed()) return std::nullopt;
  const protocol::Outcome& outcome = record.outcome;
  const Asked asked(outcome);
  return placement::rank(*outcome.nodes, outcome.candidates,
                         asked.question(outcome, params.value_or(outcome.score)));
}

/// Beyond the end where there is none.
std::size_t PlacementLog::position_of(std::string_view uid) const {
  const auto newest = std::find_if(items_.rbegin(), items_.rend(), [uid](const auto& record) {
    return record.outcome.pod.uid == uid && record.verb != "filter";
  });
  return newest == items_.rend() || uid.empty()
             ? items_.size()
             : static_cast<std::size_t>(items_.rend() - newest) - 1;
}

const PlacementRecord* PlacementLog::newest_ranking_of(std::string_view uid) const {
  const std::size_t position = position_of(uid);
  return position == items_.size() ? nullptr : &items_[position];
}

void PlacementLog::settle(std::string_view uid, PlacementRecord::After after) {
  const std::size_t position = position_of(uid);
  if (position < items_.size()) items_[position].after = std::move(after);
}

void PlacementLog::push(PlacementRecord record) {
  if (most_ == 0) return;
  if (items_.size() == most_) {
    give_up(0);
    items_.pop_front();
    weights_.pop_front();
    if (first_whole_ > 0) --first_whole_;
  }
  Weight weight;
  if (record.can_be_replayed()) {
    const bool shared = !items_.empty() && items_.back().outcome.nodes == record.outcome.nodes;
    weight = {size_of(record.outcome), shared ? 0 : size_of(*record.outcome.nodes)};
  }
  used_ += weight.own + weight.table;
  items_.push_back(std::move(record));
  weights_.push_back(weight);
  while (used_ > bytes_ && first_whole_ < items_.size()) give_up(first_whole_++);
}

/// The table's weight passes on to the next record that shares it.
void PlacementLog::give_up(std::size_t position) {
  protocol::Outcome& outcome = items_[position].outcome;
  if (outcome.nodes == nullptr) return;
  Weight& weight = weights_[position];
  const bool shared =
      position + 1 < items_.size() && items_[position + 1].outcome.nodes == outcome.nodes;
  if (shared) {
    weights_[position + 1].table += weight.table;
    used_ -= weight.own;
  } else {
    used_ -= weight.own + weight.table;
  }
  weight = {};
  outcome.nodes.reset();
  outcome.candidates = {};
  outcome.unknown = {};
  outcome.expected = {};
  outcome.ranking.scores = {};
  outcome.ranking.qualities = {};
  outcome.filtering.rejected = {};
}

}  // namespace kernwise::history
