// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_all.hpp>

#include "orchestrator/api/scheduler_routes.hpp"
#include "test/unit/orchestrator/routes.hpp"

namespace kernwise::api {
namespace {

TEST_CASE("scheduler: verbs that are not served are refused, and it is recorded why", "[api]") {
  const auto [verb, option] =
      GENERATE(table<std::string, std::string>({{"bind", "bindVerb"}, {"preempt", "preemptVerb"}}));
  CAPTURE(verb);
  const view::Published view;
  std::vector<protocol::Outcome> told;
  const auto routes = scheduler_routes(
      view, {.prefix = "/scheduler", .mode = protocol::Mode::act}, [] { return Now{}; },
      [&told](const char*, protocol::Outcome&& outcome) { told.push_back(std::move(outcome)); });
  const auto answer = test::ask(routes, test::request("POST", "/scheduler/" + verb));
  CHECK(answer.status == 501);
  CHECK(answer.body.empty());  // an unread body would cost the scheduler its connection
  REQUIRE(told.size() == 1);
  CHECK(told[0].effect == protocol::Effect::refused);
  CHECK(told[0].status == 501);
  CHECK(told[0].problem.find(option) != std::string::npos);
}

}  // namespace
}  // namespace kernwise::api
