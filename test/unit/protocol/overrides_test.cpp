// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/overrides.hpp"

#include <catch2/catch_all.hpp>

#include "extender/protocol/service.hpp"

namespace kernwise::protocol {
namespace {

using placement::NodeRow;
using placement::NodeTable;
using placement::PodProfile;
using placement::ScoreParams;

/// Says one thing.
Say saying(std::string_view key, std::string_view value) {
  return [key, value](std::string_view asked) { return asked == key ? value : ""; };
}

TEST_CASE("overrides: what people say takes the place of what was guessed", "[protocol]") {
  PodProfile profile;
  profile.demand = {1, 0, 100};
  ScoreParams params;
  const auto say = [](std::string_view key) -> std::string_view {
    if (key == "kernwise.io/class") return "io";
    if (key == "kernwise.io/demand") return "disk=0.3,memory=1Ki";
    if (key == "kernwise.io/sensitivity") return "cpu=2.5";
    if (key == "kernwise.io/weight") return "0.5";
    return key == "kernwise.io/placement-shape" ? "pack" : "";
  };
  const auto said = apply_overrides(say, profile, params);
  CHECK(said.size() == 5);
  for (const Override& word : said) CHECK(word.problem == "");
  CHECK(profile.mix == placement::PerResource{.15, .80, .05});
  CHECK(profile.demand == placement::PerResource{1, 0.3, 1024});
  CHECK(profile.sensitivity == placement::PerResource{2.5, 1, 1});
  CHECK(params.strength == 0.5);
  CHECK(params.shape == placement::Shape::pack);
}

TEST_CASE("overrides: what cannot be read is told and changes nothing", "[protocol]") {
  const auto [key, value, problem] = GENERATE(table<std::string, std::string, std::string>({
      {"class", "disk", "expected cpu, io or memory"},
      {"demand", "cpu", "expected RESOURCE=AMOUNT"},
      {"demand", "cpu=2,gpu=1", "expected cpu, disk or memory before '='"},
      {"demand", "cpu=2,memory=lots", "expected a quantity like 500m or 1Gi after '='"},
      {"demand", "cpu=-1", "expected a quantity like 500m or 1Gi after '='"},
      {"demand", "disk=1.5", "disk: expected a part of its time, 0 to 1"},
      {"sensitivity", "cpu=4", "expected a number from 0 to 3"},
      {"weight", "2", "expected a number from 0 to 1"},
      {"weight", "nan", "expected a number from 0 to 1"},
      {"placement-shape", "Pack", "expected spread, pack or protect"},
  }));
  CAPTURE(key, value);
  const std::string full = "kernwise.io/" + key;
  PodProfile profile;
  ScoreParams params;
  const auto said = apply_overrides(saying(full, value), profile, params);
  REQUIRE(said.size() == 1);
  CHECK(said[0].key == full);
  CHECK(said[0].value == value);
  CHECK(said[0].problem == problem);
  CHECK(profile.demand == PodProfile{}.demand);
  CHECK(profile.mix == PodProfile{}.mix);
  CHECK(params.strength == 1);
}

TEST_CASE("overrides: a pod's class and weight decide its scores", "[protocol]") {
  std::vector<NodeRow> rows(2);
  rows[0].name = "free";
  rows[1].name = "waiting";
  rows[1].contention = {0, 1, 0};
  const placement::PriorBook profiles;
  const Cluster cluster{.nodes = std::make_shared<const NodeTable>(std::move(rows)),
                        .profiles = profiles};
  const auto [annotations, expected] = GENERATE(table<std::string, std::string>({
      {"", "10 10"},                                              // all on CPU
      {R"("kernwise.io/class":"io")", "10 8"},                    // 1 - .30 * .80 = .76
      {R"("kernwise.io/class":"io","kernwise.io/weight":"0.5")",  //
       "8 6"},                                                    // .5 + .5 * (1 - .5); .63
      {R"("kernwise.io/class":"io","kernwise.io/weight":"0")", "5 5"},
  }));
  CAPTURE(annotations);
  Service service;
  Outcome outcome;
  (void)service.prioritize(R"({"Pod":{"metadata":{"annotations":{)" + annotations +
                               R"(}}},"NodeNames":["free","waiting"]})",
                           cluster, outcome);
  const auto& scores = outcome.ranking.scores;
  REQUIRE(scores.size() == 2);
  CHECK(std::to_string(scores[0]) + " " + std::to_string(scores[1]) == expected);
}

}  // namespace
}  // namespace kernwise::protocol
