// SPDX-License-Identifier: Apache-2.0
// An answer to the scheduler is worked out again from what the API says of it, byte for byte.
#include <catch2/catch_all.hpp>
#include <random>

#include "cli/records.hpp"
#include "cli/server.hpp"
#include "extender/placement/tuning.hpp"
#include "extender/protocol/encode.hpp"
#include "orchestrator/api/routes.hpp"
#include "test/unit/orchestrator/routes.hpp"

namespace kernwise {
namespace {

constexpr std::size_t kPlacements = 1'000;

/// Everything of it comes from one seed.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  double part() { return std::uniform_real_distribution(0.0, 1.0)(engine_); }
  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(engine_);
  }
  bool chance(double of) { return part() < of; }

 private:
  std::mt19937_64 engine_;
};

placement::NodeRow random_row(Dice& dice, std::size_t number) {
  placement::NodeRow row;
  row.name = "node-" + std::to_string(number);
  row.capacity = {8, 1, 32e9};
  for (auto* of : {&row.load, &row.deviation, &row.contention, &row.sensitivity}) {
    *of = {dice.part(), dice.part(), dice.part()};
  }
  row.pending = {4 * dice.part() - 1, 0, 1e9 * dice.part()};
  row.age_seconds = dice.chance(0.9) ? 10 * dice.part() : 200 * dice.part();
  row.churn = dice.part();
  if (dice.chance(0.5)) row.top_priority = static_cast<std::int32_t>(dice.below(200)) - 100;
  // What no report should say, and one may.
  if (dice.chance(0.02)) row.load[dice.below(3)] = std::numeric_limits<double>::quiet_NaN();
  if (dice.chance(0.02)) row.age_seconds = std::numeric_limits<double>::infinity();
  return row;
}

std::shared_ptr<const placement::NodeTable> random_table(Dice& dice) {
  std::vector<placement::NodeRow> rows(1 + dice.below(60));
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = random_row(dice, i);
  return std::make_shared<const placement::NodeTable>(std::move(rows));
}

class RandomBook final : public placement::ProfileBook {
 public:
  explicit RandomBook(Dice& dice) : dice_(dice) {}
  [[nodiscard]] placement::PodProfile profile_of(const placement::PodFacts&) const override {
    placement::PodProfile profile;
    for (auto* of : {&profile.mix, &profile.sensitivity}) {
      *of = {dice_.part(), dice_.part(), dice_.part()};
    }
    profile.demand = {3 * dice_.part(), dice_.part(), 1e10 * dice_.part()};
    return profile;
  }

 private:
  Dice& dice_;
};

placement::ScoreParams random_params(Dice& dice) {
  placement::ScoreParams params;
  params.shape = static_cast<placement::Shape>(dice.below(3));
  for (const placement::Tunable& tunable : placement::tunables()) {
    if (dice.chance(0.3)) {
      tunable.in(params) = tunable.low + (tunable.high - tunable.low) * dice.part();
    }
  }
  params.min_fresh_part = 0.5 * dice.part();
  return params;
}

std::string question(Dice& dice, const placement::NodeTable& table, std::size_t number) {
  const char* const classes[] = {"", R"("kernwise.io/class":"io")",
                                 R"("kernwise.io/weight":"0.3")"};
  std::string body = R"({"Pod":{"metadata":{"name":"p)" + std::to_string(number) + R"(","uid":"u)" +
                     std::to_string(dice.below(50)) + R"(","annotations":{)" +
                     classes[dice.below(3)] + R"(}},"spec":{"priority":)" +
                     std::to_string(static_cast<int>(dice.below(200)) - 100) +
                     R"(}},"NodeNames":[)";
  for (const placement::NodeRow& row : table.rows()) {
    if (dice.chance(0.8)) body += '"' + row.name + "\",";
  }
  return body + R"("nobody","node-0"]})";
}

/// The routes over a log of these placements, and what was answered.
struct Answered {
  view::Published view;
  history::DecisionLog decisions;
  history::PlacementLog placements;
  metrics::Registry registry;
  std::vector<std::string> bodies;

  explicit Answered(Dice& dice) {
    const RandomBook book(dice);
    protocol::Service service;
    pending::Speculation speculation;
    auto table = random_table(dice);
    for (std::size_t number = 0; number < kPlacements; ++number) {
      if (dice.chance(0.1)) table = random_table(dice);
      speculation.advance(table, MonoTime(std::chrono::milliseconds(20 * number)),
                          [](std::string_view) { return false; });
      const protocol::Cluster cluster{.nodes = table,
                                      .profiles = book,
                                      .elapsed_seconds = 3 * dice.part(),
                                      .speculation = &speculation,
                                      .score = random_params(dice),
                                      .warming_up = dice.chance(0.02)};
      protocol::Outcome outcome;
      bodies.push_back(service.prioritize(question(dice, *table, number), cluster, outcome));
      REQUIRE(outcome.status == 200);
      placements.push(history::placement_record("prioritize", std::move(outcome), {}));
    }
  }

  std::string inputs() {
    const api::Sources sources{view, decisions, placements, nullptr, registry, {}};
    const auto routes = api::placement_input_routes(sources, [] { return api::Now{}; });
    return test::get(routes, "/v1/placements/inputs", "limit=1000").body;
  }
};

TEST_CASE("replay: a thousand random answers come out again byte for byte", "[replay]") {
  const std::uint64_t seed = Catch::getSeed();
  CAPTURE(seed);
  Dice dice(seed);
  Answered answered(dice);
  const auto document = cli::parse(answered.inputs());
  REQUIRE(document.has_value());
  const auto records = cli::read_records(*document);
  REQUIRE(records.has_value());
  REQUIRE(records->size() == kPlacements);
  std::size_t opinions = 0;
  for (std::size_t i = 0; i < kPlacements; ++i) {
    const cli::Record& record = (*records)[kPlacements - 1 - i];  // newest first
    const auto ranking = cli::rank_again(record, record.params);
    const std::string body = ranking.abstention == placement::Abstention::none
                                 ? protocol::encode_priorities(ranking, record.names())
                                 : "[]";
    opinions += ranking.abstention == placement::Abstention::none ? 1 : 0;
    if (body != answered.bodies[i]) FAIL(i << ": " << body << " was " << answered.bodies[i]);
  }
  CHECK(opinions > kPlacements / 2);
}

TEST_CASE("replay: inputs that make no sense are refused by name", "[replay]") {
  Dice dice(1);
  Answered answered(dice);
  const std::string good = answered.inputs();
  const auto [from, to, field] = GENERATE(table<std::string, std::string, std::string>({
      {R"("table":0)", R"("table":9999)", "items[0].table"},
      {R"("candidates":[)", R"("candidates":[99999,)", "candidates[0]"},
      {R"("shape":"spread")", R"("shape":"heap")", "params"},
      {R"("load":[)", R"("load":[1,)", "load"},
      {R"("unknown":["nobody"])", R"("unknown":[])", "unknown"},
  }));
  CAPTURE(from);
  std::string bad = good;
  const auto found = bad.find(from);
  REQUIRE(found != std::string::npos);
  bad.replace(found, from.size(), to);
  const auto document = cli::parse(bad);
  REQUIRE(document.has_value());
  const auto records = cli::read_records(*document);
  REQUIRE(records.has_error());
  CHECK(records.error().message().find(field) != std::string::npos);
}

}  // namespace
}  // namespace kernwise
