// SPDX-License-Identifier: Apache-2.0
#include "extender/placement/score.hpp"

#include <catch2/catch_all.hpp>
#include <cmath>
#include <limits>

#include "test/unit/placement/example.hpp"
#include "test/unit/placement/rating.hpp"

namespace kernwise::placement {
namespace {

using Catch::Matchers::WithinAbs;
using example::kBusy;
using example::kCpuPod;
using example::kCpuSaturated;
using example::kDiskSaturated;
using example::kIoPod;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

int score_alone(const NodeRow& node, const PodProfile& pod) {
  const NodeRow* candidates[] = {&node};
  return example::rate_all(candidates, pod).ranking.scores.at(0);
}

/// A node of quality `wanted` (.65 to 1) for a pod whose time is all CPU: cost from contention
/// only.
NodeRow node_of_quality(double wanted) {
  NodeRow node = example::node("q", {}, {(1 - wanted) / .30, 0, 0}, {});
  node.churn = 0;
  return node;
}

TEST_CASE("cost_of: the worked example of the model", "[placement]") {
  struct Row {
    const char* name;
    const NodeRow* node;
    const PodProfile* pod;
    double total;
    int score;
    Resource bottleneck;
  };
  // w = .3 + .7 p / max p:    io pod .43125, 1, .34375 (sum 1.775)   cpu pod 1, .3389, .3389
  // (1.6778) load cost (L/θ)^2 or 1:   A .1406, 1, .1975   B .5625, .0816, .1975   C 1, .0204,
  // .1975
  const Row row = GENERATE(values<Row>({
      // .45*1 + .20*(.0606+1+.0679)/1.775 + .30*(.15*.02+.8*.6 + .5*(.15*.1*.3+.8*.4*.95))
      // = .45 + .1272 + .30*.6373 = .7683                                  floor(2.317 + .5) = 2
      {"disk saturated, io pod", &kDiskSaturated, &kIoPod, .7683, 2, Resource::disk},
      // .45*.2426 + .20*(.2426+.0816+.0679)/1.775
      // + .30*(.15*.05+.8*.02 + .5*(.15*.2*.6+.8*.05*.2)) = .1092 + .0442 + .0110 = .1643    8.86
      {"busy without waiting, io pod", &kBusy, &kIoPod, .1643, 8, Resource::cpu},
      // .45*.43125 + .20*(.43125+.0204+.0679)/1.775 + .30*(.15*.4 + .5*.15*.5*.85)
      // = .1941 + .0585 + .0276 = .2802                                                     7.70
      {"cpu saturated, io pod", &kCpuSaturated, &kIoPod, .2802, 7, Resource::cpu},
      // .45*.3389 + .20*(.1406+.3389+.0669)/1.6778
      // + .30*(.9*.02+.05*.6 + .5*(.9*.1*.3+.05*.4*.95)) = .1525 + .0651 + .0213 = .2389    8.11
      {"disk saturated, cpu pod", &kDiskSaturated, &kCpuPod, .2389, 8, Resource::disk},
      // .45*.5625 + .20*(.5625+.0277+.0669)/1.6778
      // + .30*(.9*.05+.05*.02 + .5*(.9*.2*.6+.05*.05*.2)) = .2531 + .0783 + .0301 = .3615    6.88
      {"busy without waiting, cpu pod", &kBusy, &kCpuPod, .3615, 6, Resource::cpu},
      // .45*1 + .20*(1+.0069+.0669)/1.6778 + .30*(.9*.4 + .5*.9*.5*.85)
      // = .45 + .1280 + .1654 = .7434                                                       3.07
      {"cpu saturated, cpu pod", &kCpuSaturated, &kCpuPod, .7434, 3, Resource::cpu},
  }));
  CAPTURE(row.name);
  const Cost cost = cost_of(*row.node, *row.pod, {});
  CHECK_THAT(cost.total, WithinAbs(row.total, 5e-5));
  CHECK(cost.bottleneck == row.bottleneck);
  CHECK(score_alone(*row.node, *row.pod) == row.score);
}

TEST_CASE("rank: an old report of the saturated node is pulled to the neutral score",
          "[placement]") {
  // fresh = exp(-(age - 15) / 30) = .2 at age 15 + 30 ln 5; the neutral of the example is .6, the
  // median of .2317 (the node itself, were it fresh), .6 and .8357.
  // .2 * .2317 + .8 * .6 = .5263                                            floor(5.263 + .5) = 5
  NodeRow old = kDiskSaturated;
  old.age_seconds = 15 + 30 * std::log(5.0);
  NodeRow neutral = example::node("n", {}, {1, 1, 1}, {});  // .30 * 1
  neutral.churn = 1;                                        // .05
  // The missing .05 from memory: (.45*.34375 + .20*.34375/1.775) * (L/.9)^2 = .05
  neutral.load[2] = .9 * std::sqrt(.05 / (.45 * .34375 + .20 * .34375 / 1.775));
  const NodeRow* candidates[] = {&kDiskSaturated, &neutral, &kBusy, &old};

  const auto [nodes, places, ranking, rated] = example::rate_all(candidates, kIoPod);
  CHECK_THAT(ranking.neutral, WithinAbs(.6, 1e-12));
  CHECK(ranking.fresh_part == .75);
  CHECK_THAT(rated.at(3).fresh, WithinAbs(.2, 1e-12));
  CHECK(rated.at(3).score == 5);
  CHECK(rated.at(3).reason == Reason::fading);
  CHECK(rated.at(0).score == 2);
  CHECK(rated.at(0).reason == Reason::measured);
}

TEST_CASE("cost_of: what the pod brings and the deviation count as load", "[placement]") {
  NodeRow node = example::node("n", {.2, 0, 0}, {}, {});
  node.deviation = {.1, 0, 0};
  PodProfile pod = example::pod({1, 0, 0});
  pod.demand = {.8, 0, 0};
  // .2 + 1 * .1 + .8 / 8 cores = .4
  CHECK_THAT(cost_of(node, pod, {}).predicted[0], WithinAbs(.4, 1e-12));
  // (.4/.8)^2 = .25 with weights 1, .3, .3: .45*.25 + .20*.25/1.6 = .14375
  CHECK_THAT(cost_of(node, pod, {}).total, WithinAbs(.14375, 1e-12));
}

TEST_CASE("cost_of: a capacity too small for its inverse does not make nothing of nothing",
          "[placement]") {
  NodeRow node = example::node("n", {.4, 0, 0}, {}, {});
  node.capacity[0] = std::numeric_limits<double>::denorm_min();  // 1 / it is infinite
  PodProfile pod = example::pod({1, 0, 0});
  pod.demand = {};
  // .4 + 0 * a lot = .4, and what that costs: see above
  CHECK_THAT(cost_of(node, pod, {}).predicted[0], WithinAbs(.4, 1e-12));
  CHECK_THAT(cost_of(node, pod, {}).total, WithinAbs(.14375, 1e-12));
}

TEST_CASE("freshness: full, fading, nothing", "[placement]") {
  const auto [age, expected] = GENERATE(table<double, double>({
      {-1, 1},
      {0, 1},
      {15, 1},                // 3 intervals: no fading before
      {45, std::exp(-1.0)},   // (45 - 15) / 30 = 1
      {180, std::exp(-5.5)},  // (180 - 15) / 30 = 5.5: the last moment
      {180.001, 0},
      {std::numeric_limits<double>::infinity(), 0},
      {kNaN, 0},
  }));
  CAPTURE(age);
  CHECK_THAT(freshness(age, {}), WithinAbs(expected, 1e-12));
}

TEST_CASE("rank: nothing of the data is left after 180 seconds", "[placement]") {
  NodeRow dead = kDiskSaturated;
  dead.age_seconds = 181;
  const NodeRow* candidates[] = {&kBusy, &kCpuSaturated, &kBusy, &dead, nullptr};
  const auto [nodes, places, ranking, rated] = example::rate_all(candidates, kIoPod);
  REQUIRE(ranking.abstention == Abstention::none);
  // The median of .8357, .7198, .8357.
  CHECK(rated.at(3).quality == ranking.neutral);
  CHECK(rated.at(3).reason == Reason::unknown);
  CHECK(rated.at(4).quality == ranking.neutral);
  CHECK(rated.at(4).score == 8);
  CHECK_FALSE(rated.at(4).age_seconds);
}

TEST_CASE("rank: time that passes after the snapshot ages the rows", "[placement]") {
  const NodeRow* candidates[] = {&kBusy};  // 3 s old when the snapshot was taken
  CHECK(example::rate_all(candidates, kIoPod, {}, 12).rated.at(0).reason ==
        Reason::measured);  // 15 s
  CHECK(example::rate_all(candidates, kIoPod, {}, 12.5).ranking.abstention ==
        Abstention::too_few_fresh);
  CHECK(example::rate_all(candidates, kIoPod, {}, -100).rated.at(0).age_seconds == 3.0);
}

TEST_CASE("rank: no opinion while fewer than 60 % of the candidates are fresh", "[placement]") {
  const auto [fresh, all, expected] = GENERATE(table<std::size_t, std::size_t, Abstention>({
      {0, 0, Abstention::no_candidates},
      {0, 1, Abstention::too_few_fresh},
      {1, 1, Abstention::none},
      {1, 2, Abstention::too_few_fresh},  // 50 %
      {3, 5, Abstention::none},           // 60 %
      {6, 10, Abstention::none},          // 60 %
      {59, 100, Abstention::too_few_fresh},
      {60, 100, Abstention::none},
      {2999, 5000, Abstention::too_few_fresh},
      {3000, 5000, Abstention::none},
  }));
  CAPTURE(fresh, all);
  std::vector<const NodeRow*> candidates(all, nullptr);
  std::fill_n(candidates.begin(), fresh, &kBusy);
  const auto [nodes, places, ranking, rated] = example::rate_all(candidates, kIoPod);
  CHECK(ranking.abstention == expected);
  CHECK(ranking.scores.size() == (expected == Abstention::none ? all : 0));
}

TEST_CASE("rank: quality becomes the nearest tenth, half up", "[placement]") {
  const auto [quality, expected] = GENERATE(table<double, int>({
      {1.0, 10},
      {0.96, 10},  // 9.6 + .5 = 10.1
      {0.94, 9},   // 9.4 + .5 = 9.9
      {0.70, 7},
  }));
  CAPTURE(quality);
  CHECK(score_alone(node_of_quality(quality), example::pod({1, 0, 0})) == expected);
}

TEST_CASE("rank: the neutral score is the middle of the fresh, or between the two middles",
          "[placement]") {
  const NodeRow low = node_of_quality(.70), middle = node_of_quality(.80),
                high = node_of_quality(.90);
  const PodProfile pod = example::pod({1, 0, 0});
  const NodeRow* odd[] = {&high, &low, &middle, nullptr};
  CHECK_THAT(example::rate_all(odd, pod).ranking.neutral, WithinAbs(.80, 1e-12));
  const NodeRow* even[] = {&high, &low, nullptr};
  CHECK_THAT(example::rate_all(even, pod).ranking.neutral, WithinAbs(.80, 1e-12));
}

TEST_CASE("rank: a row with a number that is none is a node nobody reported", "[placement]") {
  NodeRow broken = kDiskSaturated;
  auto* field =
      GENERATE_REF(&broken.load[1], &broken.deviation[0], &broken.contention[2],
                   &broken.sensitivity[0], &broken.capacity[1], &broken.age_seconds, &broken.churn);
  *field = GENERATE(kNaN, std::numeric_limits<double>::infinity());
  const NodeRow* candidates[] = {&kBusy, &kBusy, &broken};
  const auto [nodes, places, ranking, rated] = example::rate_all(candidates, kIoPod);
  CHECK(rated.at(2).reason == Reason::unknown);
  CHECK(rated.at(2).quality == ranking.neutral);
}

TEST_CASE("cost_of: a pod that does nothing known is a CPU pod", "[placement]") {
  const double cpu_only = cost_of(kBusy, example::pod({1, 0, 0}), {}).total;
  CHECK(cost_of(kBusy, example::pod({0, 0, 0}), {}).total == cpu_only);
  CHECK(cost_of(kBusy, example::pod({kNaN, -1, kNaN}), {}).total == cpu_only);
  CHECK(cost_of(kBusy, example::pod({7, 0, 0}), {}).total == cpu_only);
}

TEST_CASE("name_of: every word of a ranking", "[placement]") {
  CHECK(name_of(Resource::cpu) == "cpu");
  CHECK(name_of(Resource::disk) == "disk");
  CHECK(name_of(Resource::memory) == "memory");
  CHECK(name_of(Reason::measured) == "measured");
  CHECK(name_of(Reason::fading) == "fading");
  CHECK(name_of(Reason::unknown) == "unknown");
  CHECK(name_of(Abstention::none) == "none");
  CHECK(name_of(Abstention::no_candidates) == "no_candidates");
  CHECK(name_of(Abstention::too_few_fresh) == "too_few_fresh");
}

}  // namespace
}  // namespace kernwise::placement
