// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "test/unit/placement/rating.hpp"

namespace kernwise::placement {
namespace {

using example::rate_all;

rc::Gen<double> any_part() {
  return rc::gen::map(rc::gen::inRange(0, 1001), [](int n) { return n / 1000.0; });
}

/// Sensible values most of the time, and all that a double can be the rest of it.
rc::Gen<double> any_number() {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return rc::gen::weightedOneOf<double>(
      {{8, any_part()},
       {1, rc::gen::arbitrary<double>()},
       {1, rc::gen::element(std::numeric_limits<double>::quiet_NaN(), kInfinity, -kInfinity, -0.0,
                            -1.0, std::numeric_limits<double>::max(),
                            std::numeric_limits<double>::denorm_min())}});
}

rc::Gen<NodeRow> any_row(const rc::Gen<double>& age, const rc::Gen<double>& number = any_number()) {
  const auto any_resources = [&] { return rc::gen::container<PerResource>(number); };
  return rc::gen::build<NodeRow>(rc::gen::set(&NodeRow::load, any_resources()),
                                 rc::gen::set(&NodeRow::deviation, any_resources()),
                                 rc::gen::set(&NodeRow::pending, any_resources()),
                                 rc::gen::set(&NodeRow::contention, any_resources()),
                                 rc::gen::set(&NodeRow::sensitivity, any_resources()),
                                 rc::gen::set(&NodeRow::capacity, any_resources()),
                                 rc::gen::set(&NodeRow::age_seconds, age),
                                 rc::gen::set(&NodeRow::churn, number));
}

rc::Gen<double> any_age() {
  return rc::gen::oneOf(any_number(), rc::gen::map(rc::gen::inRange(0, 200),
                                                   [](int s) { return static_cast<double>(s); }));
}

rc::Gen<PodProfile> any_pod() {
  const auto any_resources = [] { return rc::gen::container<PerResource>(any_number()); };
  return rc::gen::build<PodProfile>(rc::gen::set(&PodProfile::demand, any_resources()),
                                    rc::gen::set(&PodProfile::mix, any_resources()),
                                    rc::gen::set(&PodProfile::sensitivity, any_resources()));
}

std::vector<const NodeRow*> pointers_to(const std::vector<NodeRow>& rows) {
  std::vector<const NodeRow*> pointers;
  for (const NodeRow& row : rows) pointers.push_back(&row);
  return pointers;
}

TEST_CASE("rank: scores are 0..10 and no number is lost for any input", "[placement]") {
  REQUIRE(rc::check("in range", [] {
    const auto rows = *rc::gen::container<std::vector<NodeRow>>(any_row(any_age()));
    const auto pod = *any_pod();
    auto candidates = pointers_to(rows);
    candidates.push_back(nullptr);
    ScoreParams params;
    params.min_fresh_part = 0;
    const auto [nodes, places, ranking, all] = rate_all(candidates, pod, params, *any_number());
    RC_ASSERT(ranking.scores.size() == candidates.size());
    for (const Rated& node : all) {
      RC_ASSERT(node.score >= 0);
      RC_ASSERT(node.score <= kMaxScore);
      RC_ASSERT(node.quality >= 0);
      RC_ASSERT(node.quality <= 1);
    }
    RC_ASSERT(ranking.neutral >= 0);
    RC_ASSERT(ranking.neutral <= 1);
    RC_ASSERT(ranking.qualities.back() == ranking.neutral);
  }));
}

TEST_CASE("rank: says of each node what rating it alone says, to the last bit", "[placement]") {
  REQUIRE(rc::check("columns", [] {
    const auto rows = *rc::gen::container<std::vector<NodeRow>>(any_row(any_age()));
    const auto pod = *any_pod();
    auto pointers = pointers_to(rows);
    pointers.push_back(nullptr);
    std::vector<std::uint32_t> candidates;
    const NodeTable nodes = example::table_of(pointers, candidates);
    ExpectedLoad expected(*rc::gen::inRange<std::size_t>(0, rows.size() + 1));
    for (std::size_t i = 0; i < expected.rows(); ++i) {
      expected.add(i, *rc::gen::container<PerResource>(any_number()), 1);
    }
    ScoreParams params;
    params.min_fresh_part = 0;
    params.shape = *rc::gen::element(Shape::spread, Shape::pack, Shape::protect);
    const Question question{.pod = pod,
                            .params = params,
                            .elapsed_seconds = *any_number(),
                            .priority = *rc::gen::arbitrary<std::int32_t>(),
                            .expected = &expected};
    const Ranking ranking = rank(nodes, candidates, question);
    RC_ASSERT(ranking.scores.size() == candidates.size());
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      const Rated alone = rated(nodes, candidates[i], question, ranking);
      RC_ASSERT(ranking.qualities[i] == alone.quality);
      RC_ASSERT(ranking.scores[i] == alone.score);
    }
  }));
}

/// Positions of a table of 300 rows as different schedulers might ask about them.
std::vector<std::uint32_t> asked_about(std::size_t first, std::size_t step, std::size_t count) {
  std::vector<std::uint32_t> candidates;
  for (std::size_t i = 0; i < count; ++i) {
    candidates.push_back(static_cast<std::uint32_t>((first + i * step) % 300));
  }
  return candidates;
}

TEST_CASE("rank: says the same of a node however many others are asked about", "[placement]") {
  REQUIRE(rc::check("in a row, scattered, the whole table", [] {
    const auto row = any_row(any_age());
    const auto kinds = *rc::gen::container<std::vector<NodeRow>>(7, row);
    std::vector<NodeRow> rows;
    for (std::size_t i = 0; i < 300; ++i) rows.push_back(kinds[i * i % kinds.size()]);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].name = std::to_string(i);
    const NodeTable nodes(std::move(rows));
    const auto pod = *any_pod();
    ScoreParams params;
    params.min_fresh_part = 0;
    const Question question{.pod = pod, .params = params};
    for (auto candidates :
         {asked_about(0, 1, 300), asked_about(170, 1, 300), asked_about(240, 1, 60),
          asked_about(5, 77, 300), asked_about(9, 77, 90), asked_about(299, 7, 1)}) {
      if (candidates.size() > 1) candidates[candidates.size() / 2] = kNoRow;
      const Ranking ranking = rank(nodes, candidates, question);
      for (std::size_t i = 0; i < candidates.size(); ++i) {
        RC_ASSERT(ranking.qualities[i] == rated(nodes, candidates[i], question, ranking).quality);
      }
    }
  }));
}

TEST_CASE("cost_of: every part stays within 0..1 for any input", "[placement]") {
  REQUIRE(rc::check("parts", [] {
    const Cost cost = cost_of(*any_row(any_number()), *any_pod(), {});
    for (const double part : {cost.worst, cost.mean, cost.interference, cost.churn, cost.total}) {
      RC_ASSERT(part >= 0);
      RC_ASSERT(part <= 1);
    }
    for (const double load : cost.predicted) RC_ASSERT(std::isfinite(load));
  }));
}

TEST_CASE("rank: the order of the candidates does not matter", "[placement]") {
  REQUIRE(rc::check("any permutation", [] {
    const auto rows = *rc::gen::container<std::vector<NodeRow>>(any_row(any_age()));
    const auto pod = *any_pod();
    std::vector<std::size_t> order(rows.size());
    std::iota(order.begin(), order.end(), 0);
    // A rotation and a reversal together with chance's sort keys reach every permutation.
    const auto keys = *rc::gen::container<std::vector<int>>(rows.size(), rc::gen::arbitrary<int>());
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return keys[a] < keys[b]; });
    std::vector<const NodeRow*> mixed;
    for (const std::size_t i : order) mixed.push_back(&rows[i]);

    const Ranking plain = rate_all(pointers_to(rows), pod).ranking;
    const Ranking other = rate_all(mixed, pod).ranking;
    RC_ASSERT(plain.abstention == other.abstention);
    RC_ASSERT(plain.neutral == other.neutral);
    for (std::size_t i = 0; i < other.scores.size(); ++i) {
      RC_ASSERT(other.scores[i] == plain.scores[order[i]]);
      RC_ASSERT(other.qualities[i] == plain.qualities[order[i]]);
    }
  }));
}

TEST_CASE("rank: one node's row reaches the others only through the median", "[placement]") {
  REQUIRE(rc::check("bounded influence", [] {
    auto rows = *rc::gen::suchThat(rc::gen::container<std::vector<NodeRow>>(any_row(any_age())),
                                   [](const auto& some) { return !some.empty(); });
    const auto pod = *any_pod();
    const auto liar = *rc::gen::inRange<std::size_t>(0, rows.size());
    ScoreParams params;
    params.min_fresh_part = 0;
    // Somebody must need the median for it to be worked out.
    auto candidates = pointers_to(rows);
    candidates.push_back(nullptr);
    const auto before = rate_all(candidates, pod, params);
    rows[liar] = *any_row(any_age());
    const auto after = rate_all(candidates, pod, params);

    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i == liar) continue;
      RC_ASSERT(after.rated[i].fresh == before.rated[i].fresh);
      RC_ASSERT(after.rated[i].cost.total == before.rated[i].cost.total);
      // What is left is (1 - fresh) * neutral.
      const double moved =
          (1 - after.rated[i].fresh) * (after.ranking.neutral - before.ranking.neutral);
      RC_ASSERT(std::abs(after.rated[i].quality - before.rated[i].quality - moved) < 1e-12);
      if (before.rated[i].fresh == 1) RC_ASSERT(after.rated[i].score == before.rated[i].score);
    }
  }));
}

TEST_CASE("rank: one lying node moves the median by at most one rank", "[placement]") {
  REQUIRE(rc::check("median", [] {
    auto rows =
        *rc::gen::container<std::vector<NodeRow>>(5, any_row(rc::gen::just(0.0), any_part()));
    const auto pod = *any_pod();
    ScoreParams params;
    params.min_fresh_part = 0;
    std::vector<double> qualities;
    auto candidates = pointers_to(rows);
    candidates.push_back(nullptr);
    for (const Rated& node : rate_all(candidates, pod, params).rated) {
      if (node.reason == Reason::measured) qualities.push_back(node.quality);
    }
    RC_ASSERT(qualities.size() == 5U);
    std::sort(qualities.begin(), qualities.end());
    rows[*rc::gen::inRange<std::size_t>(0, 5)] = *any_row(any_age());
    const double neutral = rate_all(candidates, pod, params).ranking.neutral;
    RC_ASSERT(neutral >= qualities[1]);
    RC_ASSERT(neutral <= qualities[3]);
  }));
}

}  // namespace
}  // namespace kernwise::placement
