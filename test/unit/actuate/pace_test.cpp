// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/actuate/pace.hpp"

#include <catch2/catch_test_macros.hpp>

namespace kernwise::actuate {
namespace {

using std::chrono::seconds;

MonoTime at(int second) {
  return MonoTime(seconds(second));
}

}  // namespace

TEST_CASE("pace: the budget is spent by attempts and refilled by time", "[actuate]") {
  Pace pace({.writes_per_minute = 6, .most_underway = 100});
  for (int i = 0; i < 6; ++i) {
    const std::string name = "w" + std::to_string(i);
    CHECK(pace.facts(name, at(0)).budget);
    pace.began(name);
  }
  CHECK_FALSE(pace.facts("more", at(0)).budget);
  CHECK_FALSE(pace.facts("more", at(9)).budget);
  CHECK(pace.facts("more", at(10)).budget);  // 6 per minute: one in 10 s
  // A long silence does not save up more than a minute's worth.
  CHECK(pace.facts("more", at(3'600)).budget);
  for (int i = 0; i < 6; ++i) pace.began("x" + std::to_string(i));
  CHECK_FALSE(pace.facts("more", at(3'600)).budget);
}

TEST_CASE("pace: only so many writes wait for their answers", "[actuate]") {
  Pace pace({.most_underway = 2});
  pace.began("a");
  CHECK(pace.facts("a", at(0)).underway);
  CHECK_FALSE(pace.facts("b", at(0)).crowded);
  pace.began("b");
  CHECK(pace.facts("c", at(0)).crowded);
  pace.ended("a");
  CHECK_FALSE(pace.facts("c", at(0)).crowded);
  CHECK_FALSE(pace.facts("a", at(0)).underway);
  CHECK(pace.underway() == 1);
}

TEST_CASE("pace: what was written is remembered for longer than any cooldown", "[actuate]") {
  Pace pace({.remember = seconds(900)});
  pace.wrote("a", at(100));
  CHECK(pace.facts("a", at(1'000)).written == at(100));
  CHECK_FALSE(pace.facts("b", at(1'000)).written);
  CHECK_FALSE(pace.facts("a", at(1'001)).written);
}

TEST_CASE("pace: leading begins anew after every interruption", "[actuate]") {
  Pace pace({});
  pace.leads(true, at(5));
  pace.leads(true, at(6));
  CHECK(pace.facts("a", at(7)).writes_from == at(5));
  pace.leads(false, at(8));
  CHECK_FALSE(pace.facts("a", at(8)).writes_from);
  pace.leads(true, at(9));
  CHECK(pace.facts("a", at(9)).writes_from == at(9));
}

TEST_CASE("pace: a server that asks to wait is given what it asks for, within reason",
          "[actuate]") {
  Pace pace({});
  pace.wait(seconds(7), at(0));
  CHECK(pace.facts("a", at(0)).wait_until == at(7));
  pace.wait(std::nullopt, at(1));
  CHECK(pace.facts("a", at(1)).wait_until == at(7));
  pace.wait(seconds(3'600), at(2));
  CHECK(pace.facts("a", at(2)).wait_until == at(62));
}

}  // namespace kernwise::actuate
