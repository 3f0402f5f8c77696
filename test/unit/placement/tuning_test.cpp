// SPDX-License-Identifier: Apache-2.0
#include "extender/placement/tuning.hpp"

#include <catch2/catch_all.hpp>

namespace kernwise::placement {
namespace {

TEST_CASE("tuning: every default is within its range and contradicts nothing", "[placement]") {
  for (const Tunable& tunable : tunables()) {
    CAPTURE(tunable.name);
    CHECK(value_in({}, tunable) >= tunable.low);
    CHECK(value_in({}, tunable) <= tunable.high);
  }
  CHECK(contradiction_in({}).empty());
}

TEST_CASE("tuning: a list of changes names what it changes", "[placement]") {
  ScoreParams params;
  CHECK(adjust(params, "") == "");
  CHECK(adjust(params, "interference=0.1,weight.churn=0,threshold.disk=0.5,shape=pack") == "");
  CHECK(params.weight_interference == 0.1);
  CHECK(params.weight_churn == 0);
  CHECK(params.threshold == PerResource{0.8, 0.5, 0.9});
  CHECK(params.shape == Shape::pack);
}

TEST_CASE("tuning: a bad change says why and leaves everything as it was", "[placement]") {
  const auto [changes, complaint] = GENERATE(table<std::string, std::string>({
      {"churn=0,gravity=1", "'gravity': there is nothing of that name to tune"},
      {"churn", "'churn': expected NAME=VALUE"},
      {"churn=2", "weight.churn: expected a number from 0 to 1"},
      {"churn=nan", "weight.churn: expected a number from 0 to 1"},
      {"churn=", "weight.churn: expected a number from 0 to 1"},
      {"churn=0.1x", "weight.churn: expected a number from 0 to 1"},
      {"churn=0,worst=1", "weight: the four add up to 1.5, more than 1"},  // 1 + .2 + .3
      {"churn=0,worst=0,mean=0,interference=0", "weight: one of the four must be above 0"},
      {"dead=10", "dead: less than fresh"},
      {"shape=heap", "shape: expected spread, pack or protect"},
  }));
  CAPTURE(changes);
  ScoreParams params;
  CHECK(adjust(params, changes) == complaint);
  CHECK(params.weight_churn == ScoreParams{}.weight_churn);
}

}  // namespace
}  // namespace kernwise::placement
