// SPDX-License-Identifier: Apache-2.0
#include "extender/placement/rating_memory.hpp"

#include <rapidcheck.h>

#include <catch2/catch_all.hpp>
#include <random>

#include "extender/placement/rank.hpp"

namespace kernwise::placement {
namespace {

std::shared_ptr<const NodeTable> table_of(std::size_t count, std::mt19937& chance) {
  std::uniform_real_distribution<double> part(0, 1);
  const bool fresh = chance() % 2 == 0;
  std::vector<NodeRow> rows(count);
  for (std::size_t i = 0; i < count; ++i) {
    rows[i].name = "node-" + std::to_string(i);
    rows[i].load = {part(chance), part(chance), part(chance)};
    rows[i].pending = {part(chance) - 0.2, 0, 0};
    rows[i].contention = {part(chance), part(chance), 0};
    rows[i].sensitivity = {part(chance), part(chance), 0};
    rows[i].capacity = {16, 1, 64e9};
    rows[i].age_seconds = fresh ? 1 : 20 * part(chance);
    rows[i].top_priority = static_cast<std::int32_t>(3 * part(chance));
  }
  return std::make_shared<const NodeTable>(std::move(rows));
}

/// More kinds than are remembered; some differ by what is not of the pod.
struct Asking {
  PodProfile pod;
  ScoreParams params;
  std::int32_t priority = 0;
};

Asking asking(std::size_t number) {
  Asking some;
  some.pod.demand = {0.1 * static_cast<double>(number % 5), 0.1, 1e9};
  some.params.min_fresh_part = 0;
  some.params.shape = std::array{Shape::spread, Shape::pack, Shape::protect}[number % 3];
  some.params.strength = number % 2 == 0 ? 1 : 0.5;
  some.priority = static_cast<std::int32_t>(number % 4);
  return some;
}
constexpr std::size_t kAskings = 60;
static_assert(kAskings > RatingMemory::kKinds);

/// Rows in a row or scattered, some twice, some unknown.
std::vector<std::uint32_t> candidates_of(std::size_t rows, std::mt19937& chance) {
  std::vector<std::uint32_t> candidates(1 + chance() % (2 * rows));
  const std::size_t first = chance() % rows, step = chance() % 3 == 0 ? 7 : 1;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    candidates[i] = static_cast<std::uint32_t>((first + i * step) % rows);
    if (chance() % 50 == 0) candidates[i] = kNoRow;
  }
  return candidates;
}

TEST_CASE("rating memory: an answer from it is the same to the last bit", "[placement]") {
  REQUIRE(rc::check("a history of questions", [] {
    std::mt19937 chance(*rc::gen::arbitrary<std::uint32_t>());
    RatingMemory memory;
    auto nodes = table_of(1 + chance() % 300, chance);
    ExpectedLoad expected(nodes->rows().size());
    for (int call = 0; call < 60; ++call) {
      if (chance() % 10 == 0) {
        nodes = table_of(1 + chance() % 300, chance);
        expected = ExpectedLoad(nodes->rows().size());
      }
      if (chance() % 8 == 0) expected.clear();
      for (std::size_t more = chance() % 4 == 0 ? chance() % 100 : chance() % 3; more > 0; --more) {
        const double part = chance() % 3 == 0 ? -1 : 1;
        expected.add(chance() % expected.rows(), {0.5, 0.1, 1e9}, part);
      }
      const Asking asked = asking(chance() % (chance() % 2 == 0 ? 3 : kAskings));
      const auto candidates = candidates_of(nodes->rows().size(), chance);
      Question question{.pod = asked.pod,
                        .params = asked.params,
                        .elapsed_seconds = 0.1 * (chance() % 20),
                        .priority = asked.priority,
                        .expected = chance() % 5 == 0 ? nullptr : &expected};
      const Ranking anew = rank(*nodes, candidates, question);
      memory.follow(nodes);
      question.memory = &memory;
      const Ranking remembered = rank(*nodes, candidates, question);
      RC_ASSERT(remembered.scores == anew.scores);
      const bool left_out = remembered.qualities.empty() && anew.fresh_part == 1;
      RC_ASSERT(left_out || remembered.qualities == anew.qualities);
      RC_ASSERT(remembered.neutral == anew.neutral);
    }
  }));
}

TEST_CASE("rating memory: a table that it does not follow is rated all the same", "[placement]") {
  std::mt19937 chance(7);
  const auto followed = table_of(10, chance), other = table_of(12, chance);
  RatingMemory memory;
  memory.follow(followed);
  CHECK(memory.follows(*followed));
  CHECK_FALSE(memory.follows(*other));
  const Asking asked = asking(0);
  const std::vector<std::uint32_t> candidates{11, 3, 0};
  const Question question{.pod = asked.pod, .params = asked.params, .memory = &memory};
  const Ranking anew = rank(*other, candidates, {.pod = asked.pod, .params = asked.params});
  CHECK(rank(*other, candidates, question).qualities == anew.qualities);
}

TEST_CASE("rating memory: keeps the table that it follows alive, and no other", "[placement]") {
  std::mt19937 chance(7);
  auto first = table_of(10, chance);
  const std::weak_ptr<const NodeTable> watched = first;
  RatingMemory memory;
  memory.follow(std::move(first));
  CHECK_FALSE(watched.expired());
  memory.follow(table_of(10, chance));
  CHECK(watched.expired());
}

TEST_CASE("expected load: cleared, nothing is left of what was added", "[placement]") {
  ExpectedLoad expected(3);
  CHECK(expected.empty());
  for (int times = 0; times < 5; ++times) expected.add(1, {1, 0.5, 2}, 0.5);
  expected.add(2, {1, 0, 0}, -1);
  CHECK_FALSE(expected.empty());
  CHECK(expected.at(1) == PerResource{2.5, 1.25, 5});
  CHECK_FALSE(expected.was_added_to(0));
  CHECK(expected.was_added_to(1));
  CHECK_FALSE(expected.was_added_to(kNoRow));
  CHECK(expected.on(std::vector<std::uint32_t>{0, 1, 2, kNoRow}).size() == 2);
  expected.clear();
  CHECK(expected.empty());
  for (std::size_t row = 0; row < 3; ++row) {
    CHECK(expected.at(row) == PerResource{});
    CHECK_FALSE(expected.was_added_to(static_cast<std::uint32_t>(row)));
  }
  expected.add(1, {1, 0, 0}, 1);
  CHECK(expected.at(1) == PerResource{1, 0, 0});
}

}  // namespace
}  // namespace kernwise::placement
