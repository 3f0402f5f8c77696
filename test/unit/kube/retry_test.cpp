// SPDX-License-Identifier: Apache-2.0
#include "common/kube/retry.hpp"

#include <catch2/catch_all.hpp>

#include "common/kube/backoff.hpp"
#include "test/fakes/manual_clock.hpp"
#include "test/fakes/scripted_kube.hpp"
#include "test/support/show_result.hpp"

namespace kernwise::kube {
namespace {

using namespace std::chrono_literals;
using test::ManualClock;
using test::ScriptedKube;

struct World {
  World() {
    auto own_kube = std::make_unique<ScriptedKube>();
    auto own_clock = std::make_unique<ManualClock>();
    kube = own_kube.get();
    clock = own_clock.get();
    client = std::make_unique<RetryingClient>(std::move(own_kube), std::move(own_clock),
                                              RetryPolicy{.jitter_seed = 1});
  }
  void send(const std::string& method, std::optional<std::chrono::seconds> give_up_after = 1h) {
    Request request{.method = method, .path = "/x"};
    if (give_up_after) request.give_up_at = clock->now() + *give_up_after;
    client->send(std::move(request), [this](Result<Answer> got) { answer = std::move(got); });
  }

  ScriptedKube* kube = nullptr;
  ManualClock* clock = nullptr;
  std::unique_ptr<RetryingClient> client;
  std::optional<Result<Answer>> answer;
};

Result<Answer> broken() {
  return errno_error(ECONNRESET, "connect");
}

}  // namespace

TEST_CASE("backoff: doubles up to a ceiling, with full jitter", "[kube]") {
  const auto [failures, random, expected] = GENERATE(table<int, double, std::chrono::milliseconds>({
      {1, 0.999999, 799ms},    // 800
      {2, 0.5, 800ms},         // 1600 / 2
      {3, 0.25, 800ms},        // 3200 / 4
      {6, 0.5, 12'800ms},      // 25600 / 2
      {7, 0.5, 15'000ms},      // 51200 is over 30000
      {1'000, 0.5, 15'000ms},  // and stays there
      {1, 0, 0ms},
  }));
  CAPTURE(failures, random);
  CHECK(backoff(failures, 800ms, 30'000ms, random) == expected);
}

TEST_CASE("retry: a read is tried again until it is answered", "[kube]") {
  World world;
  world.send("GET");
  world.kube->answer(503);
  CHECK(world.kube->waiting() == 0);
  world.clock->advance(800ms);
  world.kube->answer(broken());
  world.clock->advance(1'600ms);
  world.kube->answer(429);
  world.clock->advance(3'200ms);
  world.kube->answer(200, "yes");
  REQUIRE(world.answer);
  CHECK((**world.answer).body == "yes");
  CHECK(world.kube->requests.size() == 4);
  CHECK_FALSE(world.clock->next());
}

TEST_CASE("retry: what the server has decided is the answer", "[kube]") {
  const auto status = GENERATE(200, 201, 400, 401, 403, 404, 409, 410, 422);
  World world;
  world.send("GET");
  world.kube->answer(status);
  REQUIRE(world.answer);
  CHECK((**world.answer).status == status);
}

TEST_CASE("retry: ten tries and no more", "[kube]") {
  World world;
  world.send("GET");
  for (int i = 0; i < 10; ++i) {
    CHECK_FALSE(world.answer);
    world.kube->answer(500);
    world.clock->advance(30s);
  }
  REQUIRE(world.answer);
  CHECK((**world.answer).status == 500);
  CHECK(world.kube->requests.size() == 10);
}

TEST_CASE("retry: waits as long as the server asks", "[kube]") {
  World world;
  world.send("GET");
  world.kube->answer(Answer{.status = 429, .retry_after = 20s});
  world.clock->advance(19'999ms);
  CHECK(world.kube->waiting() == 0);
  world.clock->advance(1ms);
  CHECK(world.kube->waiting() == 1);
}

TEST_CASE("retry: which requests are repeated", "[kube]") {
  struct Row {
    std::string method;
    std::optional<std::chrono::seconds> until;
    Result<Answer> answer;
    bool repeated;
  };
  const auto answered = [](int status, bool retry_after = false) {
    return Result<Answer>(
        Answer{.status = status, .retry_after = retry_after ? std::optional(0s) : std::nullopt});
  };
  const auto row = GENERATE_COPY(
      Row{"GET", 60s, answered(500), true}, Row{"GET", 60s, broken(), true},
      Row{"GET", {}, answered(500), false}, Row{"GET", 0s, answered(500), false},
      Row{"PATCH", 60s, answered(429), true}, Row{"PATCH", {}, answered(429), false},
      Row{"PATCH", 60s, answered(503, true), true},
      Row{"PATCH", 60s, answered(503), false},  // it may have happened
      Row{"PUT", 60s, broken(), false}, Row{"PATCH", 60s, answered(409, true), false},
      Row{"POST", 60s, answered(429), true}, Row{"POST", 60s, answered(503, true), false},
      Row{"POST", 60s, broken(), false});
  CAPTURE(row.method, row.repeated, row.answer);
  World world;
  world.send(row.method, row.until);
  world.kube->answer(row.answer);
  world.clock->advance(800ms);
  CHECK((world.kube->waiting() == 1) == row.repeated);
  CHECK(world.answer.has_value() != row.repeated);
}

TEST_CASE("retry: no try begins after the end of the request's time", "[kube]") {
  World world;
  world.send("PATCH", 8s);
  world.kube->answer(Answer{.status = 429, .retry_after = 5s});
  world.clock->advance(5s);
  world.kube->answer(Answer{.status = 429, .retry_after = 5s});
  REQUIRE(world.answer);  // 10 s are more than 8
  CHECK((**world.answer).status == 429);
}

TEST_CASE("retry: goes with what waits", "[kube]") {
  World world;
  world.send("GET");
  world.send("GET");
  world.kube->answer(500);
  world.client.reset();
  CHECK_FALSE(world.answer);
}

}  // namespace kernwise::kube
