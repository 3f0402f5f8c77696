// SPDX-License-Identifier: Apache-2.0
#include "extender/pending/speculation.hpp"

#include <rapidcheck.h>

#include <catch2/catch_all.hpp>

namespace kernwise::pending {
namespace {

using Catch::Matchers::WithinAbs;
using placement::NodeTable;
using placement::PerResource;
using std::chrono::milliseconds;

std::shared_ptr<const NodeTable> table_of(const std::vector<std::string>& names) {
  std::vector<placement::NodeRow> rows;
  for (const std::string& name : names) rows.emplace_back().name = name;
  return std::make_shared<const NodeTable>(std::move(rows));
}

placement::Ranking scored(std::vector<std::uint8_t> scores) {
  placement::Ranking ranking;
  ranking.qualities.resize(scores.size());
  ranking.scores = std::move(scores);
  return ranking;
}

bool nobody(std::string_view) {
  return false;
}

constexpr PerResource kCore = {1, 0, 1e9};
constexpr std::uint32_t kAll[] = {0, 1, 2};
const MonoTime kStart{};

struct Fixture {
  Fixture() { speculation.advance(nodes, kStart, nobody); }
  [[nodiscard]] std::vector<double> cores() const {
    std::vector<double> some;
    for (std::size_t i = 0; i < nodes->rows().size(); ++i) {
      some.push_back(speculation.expected().at(i)[0]);
    }
    return some;
  }
  std::shared_ptr<const NodeTable> nodes = table_of({"a", "b", "c"});
  Speculation speculation;
};

TEST_CASE_METHOD(Fixture, "speculation: the nodes that tie get equal parts, with a margin",
                 "[pending]") {
  struct Row {
    std::vector<std::uint8_t> scores;
    std::vector<double> cores;
  };
  const auto row = GENERATE(Row{{7, 9, 7}, {0, 1, 0}},                  // there it goes
                            Row{{7, 9, 9}, {0, 1, 1}},                  // 2 * 1/2
                            Row{{9, 9, 9}, {2. / 3, 2. / 3, 2. / 3}});  // 2 * 1/3
  speculation.place("p", kAll, scored(row.scores), kCore);
  CHECK(cores() == row.cores);
  CHECK(speculation.mass() == kCore);
}

TEST_CASE("speculation: the best of many are found wherever they stand", "[pending]") {
  const std::size_t count = GENERATE(15, 16, 17, 100);
  const std::size_t one_in = GENERATE(1, 2, 13, 16, 40);
  const auto nodes = table_of(std::vector<std::string>(count, "n"));
  std::vector<std::uint32_t> candidates(count);
  std::vector<std::uint8_t> scores(count);
  double best = 0;
  for (std::size_t i = 0; i < count; ++i) {
    // Backwards, and one of them is nobody's row.
    candidates[i] = i == 3 ? placement::kNoRow : static_cast<std::uint32_t>(count - 1 - i);
    scores[i] = i % one_in == 3 % one_in ? 9 : static_cast<std::uint8_t>(i % 9);
    best += scores[i] == 9 && i != 3 ? 1 : 0;
  }
  Speculation speculation;
  speculation.advance(nodes, kStart, nobody);
  speculation.place("p", candidates, scored(scores), kCore);
  for (std::size_t i = 0; i < count; ++i) {
    const bool expected = scores[i] == 9 && i != 3;
    CAPTURE(i);
    CHECK_THAT(speculation.expected().at(count - 1 - i)[0],
               WithinAbs(expected ? std::min(1., 2 / best) : 0, 1e-12));
  }
}

TEST_CASE_METHOD(Fixture, "speculation: pods add up", "[pending]") {
  speculation.place("p", kAll, scored({7, 9, 9}), kCore);
  speculation.place("q", kAll, scored({10, 9, 10}), kCore);
  CHECK(cores() == std::vector<double>{1, 1, 2});
  CHECK(speculation.mass() == PerResource{2, 0, 2e9});
}

TEST_CASE_METHOD(Fixture, "speculation: what is not known counts half as pods lately did",
                 "[pending]") {
  speculation.place("p", kAll, scored({9, 0, 0}), kCore, 0);
  speculation.place("q", kAll, scored({0, 9, 0}), {3, 0, 1e9}, 0);
  CHECK(cores() == std::vector<double>{1, 2.5, 0});  // mean 2
}

TEST_CASE_METHOD(Fixture, "speculation: asked again, a pod is replaced and not added",
                 "[pending]") {
  for (int i = 0; i < 5; ++i) {
    speculation.place("p", kAll, scored({7, 9, 9}), kCore);
    speculation.place("p", kAll, scored({9, 0, 0}), kCore);
  }
  CHECK(cores() == std::vector<double>{1, 0, 0});
  CHECK(speculation.pods() == 1);
}

TEST_CASE_METHOD(Fixture, "speculation: what is no placement leaves nothing behind", "[pending]") {
  speculation.place("", kAll, scored({7, 9, 9}), kCore);
  speculation.place("abstained", kAll, scored({}), kCore);
  const std::uint32_t unknown[] = {placement::kNoRow, 1};
  speculation.place("best is unknown", unknown, scored({9, 8}), kCore);
  CHECK(speculation.pods() == 0);
  // A pod that was expected and is now not.
  speculation.place("p", kAll, scored({7, 9, 9}), kCore);
  speculation.place("p", kAll, scored({}), kCore);
  CHECK(cores() == std::vector<double>{0, 0, 0});
}

TEST_CASE_METHOD(Fixture, "speculation: lives two seconds, or until the pod is bound",
                 "[pending]") {
  speculation.place("p", kAll, scored({9, 0, 0}), kCore);
  speculation.advance(nodes, kStart + milliseconds(1'000), nobody);
  speculation.place("q", kAll, scored({0, 9, 0}), kCore);
  speculation.advance(nodes, kStart + milliseconds(2'000), nobody);
  CHECK(speculation.pods() == 2);
  speculation.advance(nodes, kStart + milliseconds(2'001), nobody);
  CHECK(cores() == std::vector<double>{0, 1, 0});
  const auto next = table_of({"a", "b", "c"});
  speculation.advance(next, kStart + milliseconds(2'100),
                      [](std::string_view uid) { return uid == "q"; });
  CHECK(speculation.pods() == 0);
  CHECK(cores() == std::vector<double>{0, 0, 0});
}

TEST_CASE_METHOD(Fixture, "speculation: a pod asked about without end lives from the last time on",
                 "[pending]") {
  constexpr std::chrono::milliseconds kLife{2'000};
  MonoTime now = kStart;
  for (int i = 0; i < 10'000; ++i) {
    now += std::chrono::microseconds(100);
    speculation.advance(nodes, now, nobody);
    speculation.place("p", kAll, scored({9, 0, 0}), kCore);
  }
  speculation.advance(nodes, now + kLife, nobody);
  CHECK(cores() == std::vector<double>{1, 0, 0});
  speculation.advance(nodes, now + kLife + std::chrono::milliseconds(1), nobody);
  CHECK(speculation.pods() == 0);
}

TEST_CASE_METHOD(Fixture, "speculation: follows nodes by name when the table changes",
                 "[pending]") {
  speculation.place("p", kAll, scored({9, 9, 0}), kCore);
  nodes = table_of({"0", "a", "c"});  // b is gone, with its half
  speculation.advance(nodes, kStart, nobody);
  CHECK(cores() == std::vector<double>{0, 1, 0});
}

TEST_CASE("speculation: no more pods than allowed", "[pending]") {
  Speculation speculation({.life = milliseconds(2'000), .pods = 3});
  speculation.advance(table_of({"a"}), kStart, nobody);
  const std::uint32_t only[] = {0};
  for (int i = 0; i < 10; ++i) {
    speculation.place("p" + std::to_string(i), only, scored({9}), kCore);
  }
  CHECK(speculation.pods() == 3);
  CHECK(speculation.expected().at(0)[0] == 3);
}

TEST_CASE("speculation: the expected load is that of the living guesses, at most twice",
          "[pending]") {
  REQUIRE(rc::check("balance", [] {
    Fixture fixture;
    MonoTime now = kStart;
    const auto steps = *rc::gen::inRange(0, 60);
    for (int i = 0; i < steps; ++i) {
      now += milliseconds(*rc::gen::inRange(0, 400));
      const bool step_on = *rc::gen::weightedElement<bool>({{1, true}, {3, false}});
      if (step_on) {
        const auto gone = std::to_string(*rc::gen::inRange(0, 8));
        fixture.nodes =
            *rc::gen::arbitrary<bool>() ? table_of({"c", "a", "b"}) : table_of({"a", "b", "c"});
        fixture.speculation.advance(fixture.nodes, now,
                                    [&](std::string_view uid) { return uid == gone; });
      } else {
        const auto score = [] { return *rc::gen::inRange<std::uint8_t>(0, 11); };
        fixture.speculation.place(std::to_string(*rc::gen::inRange(0, 8)), kAll,
                                  scored({score(), score(), score()}),
                                  {static_cast<double>(*rc::gen::inRange(0, 9)), 0, 0});
      }
      double sum = 0;
      for (const double cores : fixture.cores()) sum += cores;
      const double mass = fixture.speculation.mass()[0];
      RC_ASSERT(sum > mass - 1e-9);
      RC_ASSERT(sum < 2 * mass + 1e-9);
    }
  }));
}

}  // namespace
}  // namespace kernwise::pending
