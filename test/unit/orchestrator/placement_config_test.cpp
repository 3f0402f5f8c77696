// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_all.hpp>

#include "common/base/file.hpp"
#include "orchestrator/app/config.hpp"

namespace kernwise::orchestrator {
namespace {

Result<Config> configured(const std::vector<std::string>& flags) {
  auto outcome = options::load(program(), flags, {});
  if (!outcome) return outcome.error();
  return config_of(*outcome->settings, {});
}

TEST_CASE("config: the model is tuned by options, its defaults are its own", "[app]") {
  CHECK(configured({})->placement.score.fade_seconds == placement::ScoreParams{}.fade_seconds);
  const auto tuned = configured({"--placement.shape=protect", "--placement.weight.interference=0.1",
                                 "--placement.threshold.disk=0.5", "--placement.deviations=2",
                                 "--placement.fresh=1500ms", "--placement.min_fresh=0.5",
                                 "--placement.pending=false", "--placement.warm_up=0"})
                         ->placement;
  CHECK(tuned.score.shape == placement::Shape::protect);
  CHECK(tuned.score.weight_interference == 0.1);
  CHECK(tuned.score.threshold == placement::PerResource{0.8, 0.5, 0.9});
  CHECK(tuned.score.deviation_factor == 2);
  CHECK(tuned.score.fresh_seconds == 1.5);
  CHECK(tuned.score.min_fresh_part == 0.5);
  CHECK_FALSE(tuned.pending);
  CHECK(tuned.warm_up == 0);
}

TEST_CASE("config: the page about placement shows its options as they are", "[app]") {
  const auto page = read_file(KERNWISE_DOCS "/placement.md");
  REQUIRE(page.has_value());
  options::Program placing = program();
  placing.table = placement_options();
  const std::string table = options::reference(placing);
  CAPTURE(table);
  CHECK(page->find(table) != std::string::npos);
}

}  // namespace
}  // namespace kernwise::orchestrator
