// SPDX-License-Identifier: Apache-2.0
// Crashes: whatever dies and comes back, the rest goes on and the end state is right.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "test/demo/api.hpp"
#include "test/demo/stage.hpp"
#include "test/e2e/machine.hpp"

namespace kernwise::e2e {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 40s;

std::string verdict_of(const demo::Stage& stage, const std::string& pod) {
  const auto answer = demo::get_json(stage.endpoints().api, "/v1/pods");
  if (!answer) return "no answer: " + answer.error().message();
  const auto pods = demo::pods_in(*answer, "demo");
  if (!pods) return pods.error().message();
  const auto found = std::ranges::find(*pods, "demo/" + pod, &demo::PodState::name);
  return found == pods->end() ? "absent" : found->verdict;
}

bool all_as_expected(const demo::Stage& stage) {
  return verdict_of(stage, "svc-cpu") == "cpu_saturated" &&
         verdict_of(stage, "svc-io") == "disk_bound" &&
         verdict_of(stage, "svc-chain") == "downstream_wait" &&
         verdict_of(stage, "svc-idle") == "idle";
}

std::string action_for(const demo::Stage& stage, const std::string& workload) {
  const auto answer = demo::get_json(stage.endpoints().api, "/v1/decisions");
  if (!answer) return "no answer: " + answer.error().message();
  const auto decisions = demo::decisions_in(*answer, "demo");
  if (!decisions) return decisions.error().message();
  const auto found =
      std::ranges::find(*decisions, "demo/Deployment/" + workload, &demo::DecisionState::workload);
  return found == decisions->end() ? "none" : found->action;
}

/// Times of the recorded changes of decisions.
std::vector<std::string> history(const demo::Stage& stage) {
  std::vector<std::string> times;
  const auto answer =
      demo::get_json(stage.endpoints().api, "/v1/history?kind=decision&limit=10000");
  if (!answer) return times;
  const json::Value* items = answer->find("items");
  REQUIRE(items != nullptr);
  for (const auto& item : items->items()) {
    const json::Value* time = item.find("time");
    REQUIRE(time != nullptr);
    times.emplace_back(time->text());
  }
  std::ranges::sort(times);
  return times;
}

bool settled(const demo::Stage& stage) {
  return eventually(kPatience, [&] { return all_as_expected(stage); }) &&
         eventually(kPatience, [&] { return action_for(stage, "svc-cpu") == "scale_up"; });
}

bool includes_all(const std::vector<std::string>& all, const std::vector<std::string>& part) {
  return std::ranges::includes(all, part);
}

}  // namespace

TEST_CASE("restart: profiler, orchestrator and a service die; the end state is right", "[e2e]") {
  need_kernel();
  const Traces before = traces();
  {
    demo::Stage stage(places());
    const auto opened = stage.open([] { return false; });
    require(opened);
    REQUIRE(settled(stage));

    stage.crash("kernwise-profiler");
    require(stage.start_profiler());
    CHECK(eventually(kPatience, [&] { return all_as_expected(stage); }));

    REQUIRE(eventually(kPatience, [&] { return !history(stage).empty(); }));
    const auto recorded = history(stage);
    stage.crash("kernwise-orchestrator");
    require(stage.start_orchestrator());
    CHECK(settled(stage));
    CHECK(includes_all(history(stage), recorded));

    stage.crash("svc-lock");
    std::string verdict;
    CHECK(eventually(kPatience, [&] {
      verdict = verdict_of(stage, "svc-lock");
      return verdict == "absent" || verdict == "idle";
    }));
    INFO(verdict);
    CHECK(eventually(kPatience, [&] { return all_as_expected(stage); }));
    require(stage.all_running());
  }
  std::string left;
  CHECK(eventually(10s, [&] { return (left = traces().beyond(before)).empty(); }));
  INFO(left);
  CHECK(left.empty());
}

}  // namespace kernwise::e2e
