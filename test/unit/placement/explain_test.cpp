// SPDX-License-Identifier: Apache-2.0
#include "extender/placement/explain.hpp"

#include <catch2/catch_all.hpp>
#include <cmath>

#include "test/unit/placement/example.hpp"
#include "test/unit/placement/rating.hpp"

namespace kernwise::placement {
namespace {

TEST_CASE("explain: every number of a score in words", "[placement]") {
  NodeRow old = example::kDiskSaturated, dead = old;
  old.age_seconds = 15 + 30 * std::log(5.0);
  dead.age_seconds = 200;
  const NodeRow* candidates[] = {&example::kDiskSaturated,
                                 &example::kBusy,
                                 &example::kBusy,
                                 &example::kBusy,
                                 &example::kBusy,
                                 &old,
                                 &dead,
                                 nullptr};
  const std::string_view names[] = {"a", "b", "b2", "b3", "b4", "old", "dead", ""};
  const auto rating = example::rate_all(candidates, example::kIoPod);
  REQUIRE(rating.rated.size() == 8);
  std::vector<NodeExplanation> nodes;
  for (std::size_t i = 0; i < rating.rated.size(); ++i) {
    nodes.push_back(explain(rating.rated[i], names[i], rating.ranking.neutral, {}));
  }

  CHECK(nodes[0].node == "a");
  CHECK(nodes[0].score == 2);
  CHECK(nodes[0].bottleneck == Resource::disk);
  CHECK(nodes[0].parts[0].name == "worst");
  CHECK_THAT(nodes[0].parts[0].value, Catch::Matchers::WithinAbs(1, 1e-12));
  CHECK(nodes[0].parts[0].weight == .45);
  CHECK(nodes[0].evidence ==
        std::vector<std::string>{
            "bottleneck disk: predicted 95 %, everything from 70 %",
            "cost 0.77 = 0.45 * worst 1.00 + 0.20 * mean 0.64 + 0.30 * interference 0.64 + "
            "0.05 * churn 0.00",
            "report 3.0 s old"});
  CHECK(nodes[5].evidence.back() ==
        "report 63.3 s old: counts 20 %, the rest is the median of the fresh candidates 0.84");
  CHECK(
      nodes[6].evidence ==
      std::vector<std::string>{"report 200.0 s old, too old: median of the fresh candidates 0.84"});
  CHECK_FALSE(nodes[6].bottleneck);
  CHECK(nodes[7].node.empty());
  CHECK(nodes[7].evidence ==
        std::vector<std::string>{"no usable report: median of the fresh candidates 0.84"});
}

TEST_CASE("explain: an abstention has one reason and no nodes", "[placement]") {
  const NodeRow* candidates[] = {&example::kBusy, nullptr, nullptr, nullptr};
  const Ranking few = example::rate_all(candidates, example::kIoPod).ranking;
  CHECK(best_of(few, 10).empty());
  CHECK(explain_abstention(few, {}) == "25 % of the candidates have fresh data, 60 % are needed");
  CHECK(explain_abstention(example::rate_all({}, example::kIoPod).ranking, {}) ==
        "no candidates were asked about");
  const NodeRow* one[] = {&example::kBusy};
  CHECK(explain_abstention(example::rate_all(one, example::kIoPod).ranking, {}).empty());
}

}  // namespace
}  // namespace kernwise::placement
