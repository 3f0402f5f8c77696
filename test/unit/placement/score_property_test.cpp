// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "extender/placement/score.hpp"

namespace kernwise::placement {
namespace {

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
    const Ranking ranking = rank(candidates, pod, params, *any_number());
    RC_ASSERT(ranking.nodes.size() == candidates.size());
    for (const Rated& node : ranking.nodes) {
      RC_ASSERT(node.score >= 0);
      RC_ASSERT(node.score <= kMaxScore);
      RC_ASSERT(node.quality >= 0);
      RC_ASSERT(node.quality <= 1);
    }
    RC_ASSERT(ranking.neutral >= 0);
    RC_ASSERT(ranking.neutral <= 1);
    RC_ASSERT(ranking.nodes.back().quality == ranking.neutral);
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

    const Ranking plain = rank(pointers_to(rows), pod, {});
    const Ranking other = rank(mixed, pod, {});
    RC_ASSERT(plain.abstention == other.abstention);
    RC_ASSERT(plain.neutral == other.neutral);
    for (std::size_t i = 0; i < other.nodes.size(); ++i) {
      RC_ASSERT(other.nodes[i].score == plain.nodes[order[i]].score);
      RC_ASSERT(other.nodes[i].quality == plain.nodes[order[i]].quality);
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
    const Ranking before = rank(pointers_to(rows), pod, params);
    rows[liar] = *any_row(any_age());
    const Ranking after = rank(pointers_to(rows), pod, params);

    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i == liar) continue;
      RC_ASSERT(after.nodes[i].fresh == before.nodes[i].fresh);
      RC_ASSERT(after.nodes[i].cost.total == before.nodes[i].cost.total);
      // What is left is (1 - fresh) * neutral.
      const double moved = (1 - after.nodes[i].fresh) * (after.neutral - before.neutral);
      RC_ASSERT(std::abs(after.nodes[i].quality - before.nodes[i].quality - moved) < 1e-12);
      if (before.nodes[i].fresh == 1) RC_ASSERT(after.nodes[i].score == before.nodes[i].score);
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
    for (const Rated& node : rank(pointers_to(rows), pod, params).nodes) {
      if (node.reason == Reason::measured) qualities.push_back(node.quality);
    }
    RC_ASSERT(qualities.size() == 5U);
    std::sort(qualities.begin(), qualities.end());
    rows[*rc::gen::inRange<std::size_t>(0, 5)] = *any_row(any_age());
    const double neutral = rank(pointers_to(rows), pod, params).neutral;
    RC_ASSERT(neutral >= qualities[1]);
    RC_ASSERT(neutral <= qualities[3]);
  }));
}

}  // namespace
}  // namespace kernwise::placement
