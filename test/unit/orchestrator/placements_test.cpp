// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/history/placements.hpp"

#include <rapidcheck.h>

#include <catch2/catch_all.hpp>
#include <numeric>

namespace kernwise::history {
namespace {

using placement::NodeRow;
using placement::NodeTable;
using Table = std::shared_ptr<const NodeTable>;

Table table_of(std::vector<NodeRow> rows) {
  return std::make_shared<const NodeTable>(std::move(rows));
}

Table nodes(std::size_t count) {
  std::vector<NodeRow> rows(count);
  for (std::size_t i = 0; i < count; ++i) rows[i].name = "n" + std::to_string(i);
  return table_of(std::move(rows));
}

/// What a /prioritize about all nodes leaves behind; `speculation` may be null.
PlacementRecord asked_about(const Table& table, pending::Speculation* speculation = nullptr) {
  const placement::PriorBook profiles;
  const protocol::Cluster cluster{.nodes = table, .profiles = profiles, .speculation = speculation};
  std::string body = R"({"Pod":{"metadata":{"name":"p"}},"NodeNames":["nobody")";
  for (const NodeRow& row : table->rows()) body += ",\"" + row.name + '"';
  protocol::Outcome outcome;
  protocol::Service service;
  (void)service.prioritize(body + "]}", cluster, outcome);
  return placement_record("prioritize", std::move(outcome), {});
}

TEST_CASE("placements: the best nodes of an answer, best first", "[history]") {
  std::vector<NodeRow> rows(100);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].name = "n" + std::to_string(i);
    rows[i].contention[0] = i == 40 ? 0 : i == 60 ? .1 : .5;
  }
  const auto record = asked_about(table_of(std::move(rows)));
  const auto best = best_nodes(record);
  REQUIRE(best.size() == PlacementRecord::kMostNodes);
  CHECK(best[0].node == "n40");
  CHECK(best[1].node == "n60");
  CHECK(best[2].node == "nobody");  // .85, the median of the others, and first in the request
  CHECK(record.candidates == 101);
  CHECK(record.unknown == 1);
}

TEST_CASE("placements: every answer is reproduced to the last bit from its record", "[history]") {
  REQUIRE(rc::check("replay", [] {
    const auto part = [] { return *rc::gen::inRange(0, 1000) / 1000.0; };
    std::vector<NodeRow> rows(*rc::gen::inRange<std::size_t>(1, 40));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i].name = "n" + std::to_string(i);
      rows[i].capacity = {8, 1, 32e9};
      for (auto* of : {&rows[i].load, &rows[i].contention, &rows[i].sensitivity}) {
        *of = {part(), part(), part()};
      }
    }
    const Table table = table_of(std::move(rows));
    pending::Speculation speculation;
    speculation.advance(table, {}, {});
    std::vector<std::uint32_t> all(table->rows().size());
    std::iota(all.begin(), all.end(), 0U);
    for (const char* uid : {"a", "b", "c"}) {
      placement::Ranking ranking;
      for (std::size_t i = 0; i < all.size(); ++i) {
        ranking.scores.push_back(*rc::gen::inRange<std::uint8_t>(8, 11));
      }
      speculation.place(uid, all, ranking, {part(), 0, 1e9 * part()});
    }
    const auto record = asked_about(table, &speculation);
    const auto again = replay(record);
    RC_ASSERT(again.has_value());
    RC_ASSERT(again->scores == record.outcome.ranking.scores);
    const auto& qualities = record.outcome.ranking.qualities;
    RC_ASSERT(qualities.empty() || again->qualities == qualities);
    RC_ASSERT(again->neutral == record.outcome.ranking.neutral);
  }));
}

TEST_CASE("placements: other weights show what would have been answered", "[history]") {
  std::vector<NodeRow> rows(2);
  rows[0].name = "quiet";
  rows[1].name = "contended";
  rows[1].contention = {1, 1, 1};
  const auto record = asked_about(table_of(std::move(rows)));
  // The first candidate is the one nobody knows: the median of the other two.
  CHECK(record.outcome.ranking.scores == std::vector<std::uint8_t>{9, 10, 7});  // .30 * 1
  placement::ScoreParams indifferent;
  indifferent.weight_interference = 0;
  CHECK(replay(record, indifferent)->scores == std::vector<std::uint8_t>{10, 10, 10});
}

TEST_CASE("placements: old inputs are given up for their weight, summaries stay", "[history]") {
  const Table first = nodes(1'000), second = nodes(1'000);
  PlacementLog log(100, 2'000'000);
  log.push(asked_about(first));
  const std::size_t one = log.bytes();
  log.push(asked_about(first));
  CHECK(log.bytes() - one < one / 4);  // the table is shared
  while (log.items().front().can_be_replayed()) log.push(asked_about(second));
  CHECK(log.bytes() <= 2'000'000);
  CHECK(log.items().front().candidates == 1'001);
  CHECK(best_nodes(log.items().front()).empty());
  CHECK_FALSE(replay(log.items().front()).has_value());
  CHECK(log.items().back().can_be_replayed());
  CHECK(first.use_count() <= 2);
}

TEST_CASE("placements: what is weighed in is weighed out again", "[history]") {
  REQUIRE(rc::check("balance", [] {
    PlacementLog log(*rc::gen::inRange<std::size_t>(1, 8),
                     *rc::gen::inRange<std::size_t>(0, 50'000));
    const std::vector<Table> tables = {nodes(5), nodes(20), nodes(40)};
    for (int i = 0; i < 30; ++i)
      log.push(asked_about(tables[*rc::gen::inRange<std::size_t>(0, 3)]));
    // Small records without inputs push everything else out.
    for (int i = 0; i < 8; ++i) log.push(PlacementRecord{});
    RC_ASSERT(log.bytes() == 0U);
    for (const Table& table : tables) RC_ASSERT(table.use_count() == 1);
  }));
}

}  // namespace
}  // namespace kernwise::history
