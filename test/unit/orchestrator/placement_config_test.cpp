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

TEST_CASE("config: when a node counts as contended is tuned, too", "[app]") {
  const placement::FilterParams usual;
  const auto shipped = configured({})->placement.filter;
  CHECK_FALSE(shipped.enabled);
  CHECK(shipped.hard_limit == usual.hard_limit);
  CHECK(shipped.windows == usual.windows);
  CHECK(shipped.min_mix == usual.min_mix);
  CHECK(shipped.min_kept_part == usual.min_kept_part);
  for (std::size_t r = 0; r < placement::kResources; ++r) {
    CHECK(shipped.recovered[r] == Catch::Approx(usual.recovered[r]));
  }
  const auto tuned = configured({"--placement.filter=true", "--placement.veto.disk=0.3",
                                 "--placement.veto.memory=0.5", "--placement.veto.windows=9",
                                 "--placement.veto.mix=0.5", "--placement.veto.kept=0.6"})
                         ->placement.filter;
  CHECK(tuned.enabled);
  CHECK(tuned.hard_limit == placement::PerResource{0.6, 0.3, 0.5});
  CHECK(tuned.recovered[1] == Catch::Approx(0.2));
  CHECK(tuned.recovered[2] == Catch::Approx(0.25));
  CHECK(tuned.windows == 9);
  CHECK(tuned.min_mix == 0.5);
  CHECK(tuned.min_kept_part == 0.6);
  for (const auto* flag : {"--placement.veto.disk=0", "--placement.veto.windows=0",
                           "--placement.veto.kept=0", "--placement.veto.mix=1.1"}) {
    CHECK_FALSE(configured({flag}).has_value());
  }
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
