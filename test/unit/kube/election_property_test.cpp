// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>
#include <catch2/catch_test_macros.hpp>

#include "test/support/lease_model.hpp"

namespace kernwise {
namespace {

using test::LeaseFaults;
using test::LeaseModel;
using test::Millis;

double any_part(double most) {
  return most * *rc::gen::inRange(0, 101) / 100.0;
}

/// Runs until somebody may write, at most for `patience`; the time it took.
Millis until_led(LeaseModel& model, Millis patience) {
  const Millis began = model.now();
  while (model.writers().empty() && model.now() - began < patience) model.step();
  return model.now() - began;
}

}  // namespace

TEST_CASE("election: never do two believe that they may write", "[kube]") {
  REQUIRE(rc::check("one writer at any instant", [] {
    LeaseFaults faults;
    faults.lost_requests = any_part(0.3);
    faults.lost_answers = any_part(0.3);
    faults.errors = any_part(0.3);
    faults.most_delay = *rc::gen::inRange(0, 12'000);
    faults.pauses_per_minute = any_part(4);
    faults.edits_per_minute = any_part(2);
    faults.skew = any_part(0.07);
    LeaseModel model(static_cast<std::size_t>(*rc::gen::inRange(2, 4)), faults,
                     *rc::gen::arbitrary<std::uint64_t>());
    Millis led = 0;
    while (model.now() < 180'000) {
      model.step();
      RC_ASSERT(model.writers().size() <= 1);
      led += model.writers().empty() ? 0 : 1;
    }
    RC_CLASSIFY(led > 0, "somebody led");
  }));
}

TEST_CASE("election: a killed or stopped leader is followed within 20 s", "[kube]") {
  REQUIRE(rc::check("hand-over", [](bool killed) {
    LeaseFaults faults;
    faults.most_delay = 100;
    faults.skew = any_part(0.02);
    LeaseModel model(static_cast<std::size_t>(*rc::gen::inRange(2, 4)), faults,
                     *rc::gen::arbitrary<std::uint64_t>());
    RC_ASSERT(until_led(model, 20'000) < 20'000);
    const Millis lived = model.now() + *rc::gen::inRange(0, 30'000);
    while (model.now() < lived) model.step();
    RC_ASSERT(model.writers().size() == 1U);
    const std::size_t leader = model.writers().front();
    const Millis gone = model.now();
    killed ? model.kill(leader) : model.pause(leader, 60'000);
    const auto followed = [&] {
      const auto writers = model.writers();
      return !writers.empty() && writers.front() != leader;
    };
    while (!followed() && model.now() - gone < 30'000) model.step();
    RC_ASSERT(model.now() - gone <= 20'000);
  }));
}

TEST_CASE("election: a leader that stops gives the lease back at once", "[kube]") {
  REQUIRE(rc::check("release", [] {
    LeaseFaults faults;
    faults.most_delay = 100;
    LeaseModel model(2, faults, *rc::gen::arbitrary<std::uint64_t>());
    RC_ASSERT(until_led(model, 20'000) < 20'000);
    const std::size_t leader = model.writers().front();
    const Millis lived = model.now() + *rc::gen::inRange(0, 30'000);
    while (model.now() < lived) model.step();
    model.stop(leader);
    RC_ASSERT(model.writers().empty());
    const Millis began = model.now();
    while (!model.election(leader).stopped() && model.now() - began < 2'000) model.step();
    RC_ASSERT(model.election(leader).stopped());
    // The longest pause of the acquiring loop: 2 s * (1 + 1.2), and two answers.
    RC_ASSERT(until_led(model, 10'000) <= 5'000);
  }));
}

}  // namespace kernwise
