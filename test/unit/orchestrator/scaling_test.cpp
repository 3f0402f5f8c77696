// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>

#include <catch2/catch_all.hpp>
#include <limits>

#include "orchestrator/scaling/decide.hpp"
#include "orchestrator/scaling/size.hpp"

namespace kernwise::scaling {
namespace {

/// Two replicas of half a core, busy and fresh; every case changes what it is about.
WorkloadState workload(Verdict verdict) {
  return {.workload = "shop/Deployment/cart",
          .replicas = 2,
          .min_replicas = 1,
          .max_replicas = 10,
          .verdict = verdict,
          .confidence = 0.8,
          .data_age_seconds = 2,
          .coverage = 1,
          .demand_cores = 1.0,
          .used_cores = 0.9,
          .cores_per_replica = 0.5,
          .downstream = {}};
}

Downstream waits_for(std::string name, double blocked, Verdict verdict) {
  return {.workload = std::move(name),
          .address = "10.0.0.7:80",
          .blocked = blocked,
          .verdict = verdict};
}

TEST_CASE("decide: the three rules of the first seed", "[scaling]") {
  SECTION("working hard scales up") {
    const Decision decision = decide(workload(Verdict::cpu_saturated), {});
    CHECK(decision.action == Action::scale_up);
    CHECK(decision.reason == "cpu_saturated");
  }
  SECTION("waiting for the disk does not scale, not even down") {
    WorkloadState state = workload(Verdict::disk_bound);
    state.demand_cores = state.used_cores = 0.01;
    const Decision decision = decide(state, {});
    CHECK(decision.action == Action::hold);
    CHECK(decision.to == 2);
    CHECK(decision.reason == "disk_bound");
  }
  SECTION("waiting for somebody else points at them") {
    WorkloadState state = workload(Verdict::downstream_wait);
    state.downstream = {waits_for("shop/Deployment/svc-cpu", 0.8, Verdict::cpu_saturated)};
    const Decision decision = decide(state, {});
    CHECK(decision.action == Action::redirect);
    CHECK(decision.target == "shop/Deployment/svc-cpu");
    CHECK(decision.to == decision.from);
    CHECK(decision.evidence.front() == "80 % of the time blocked on shop/Deployment/svc-cpu");
  }
}

TEST_CASE("decide: a saturated workload gets what its load needs", "[scaling]") {
  struct Row {
    const char* name;
    int replicas, max;
    double demand, requests, per_request, queued;
    int to;
  };
  const Row row = GENERATE(values<Row>({
      // target .7 x .5 cores = .35 per replica
      {"by demand", 2, 10, 1.00, 0, 0, 0, 3},               // 1.00/.35 = 2.86           -> 3
      {"exactly three", 2, 10, 1.05, 0, 0, 0, 3},           // 1.05/.35 = 3              -> 3
      {"at least one more", 3, 10, 0.30, 0, 0, 0, 4},       // .30/.35 -> 1, but saturated -> 4
      {"by requests", 2, 10, 9.00, 20, .06, 0, 4},          // 20 x .06 = 1.2; /.35 = 3.43 -> 4
      {"with a queue", 2, 10, 9.00, 20, .06, 60, 4},        // 1.2 + 60 x .06/30 = 1.32; 3.77 -> 4
      {"a long queue", 3, 10, 9.00, 20, .06, 300, 6},       // 1.2 + .6 = 1.8; 5.14       -> 6
      {"step bound", 2, 10, 9.00, 0, 0, 0, 4},              // 25.7 -> 26, at most 2 x 2  -> 4
      {"maximum", 8, 10, 9.00, 0, 0, 0, 10},                // 26, at most 16, at most 10 -> 10
      {"one replica doubles", 1, 10, 9.00, 0, 0, 0, 2},     // 26, at most 2 x 1          -> 2
      {"no request cost known", 2, 10, 1.00, 20, 0, 9, 3},  // falls back to demand      -> 3
  }));
  CAPTURE(row.name);
  WorkloadState state = workload(Verdict::cpu_saturated);
  state.replicas = row.replicas;
  state.max_replicas = row.max;
  state.demand_cores = row.demand;
  state.requests_per_second = row.requests;
  state.cores_per_request = row.per_request;
  state.queued_requests = row.queued;
  const Decision decision = decide(state, {});
  CHECK(decision.action == Action::scale_up);
  CHECK(decision.from == row.replicas);
  CHECK(decision.to == row.to);
  CHECK(decision.target == state.workload);
}

TEST_CASE("decide: the evidence is the numbers that decided", "[scaling]") {
  WorkloadState state = workload(Verdict::cpu_saturated);
  state.requests_per_second = 20;
  state.cores_per_request = 0.06;
  state.queued_requests = 300;
  CHECK(decide(state, {}).evidence ==
        std::vector<std::string>{
            "offered load 1.80 cores = 20.0 requests/s x 0.0600 cores + 300.0 queued / 30 s",
            "6 wanted = 1.80 / (0.70 target x 0.50 cores per replica), 2 running",
            "4 instead of 6: step bound"});
}

TEST_CASE("decide: the other verdicts", "[scaling]") {
  struct Row {
    Verdict verdict;
    double used;
    int replicas, min;
    Action action;
    int to;
    const char* reason;
  };
  const Row row = GENERATE(values<Row>({
      {Verdict::cpu_throttled, .9, 2, 1, Action::hold, 2, "cpu_throttled"},
      {Verdict::noisy_neighbour, .1, 2, 1, Action::hold, 2, "noisy_neighbour"},
      {Verdict::lock_bound, .1, 2, 1, Action::hold, 2, "lock_bound"},
      {Verdict::memory_pressure, .1, 2, 1, Action::hold, 2, "memory_pressure"},
      {Verdict::disk_bound, .0, 9, 1, Action::hold, 9, "disk_bound"},
      {Verdict::backlog, .1, 2, 1, Action::scale_up, 3, "backlog"},
      {Verdict::backlog, .1, 10, 1, Action::hold, 10, "at_maximum"},
      {Verdict::cpu_saturated, .9, 10, 1, Action::hold, 10, "at_maximum"},
      {Verdict::unknown, .0, 2, 1, Action::hold, 2, "unknown"},
      // .35 useful cores per replica; use .30 of 4 x .5 = 15 %
      {Verdict::steady, .30, 4, 1, Action::scale_down, 1, "low_use"},
      {Verdict::idle, .01, 4, 2, Action::scale_down, 2, "low_use"},  // 1 wanted, minimum 2
      {Verdict::idle, .01, 4, 0, Action::scale_down, 1, "low_use"},  // never below one
      {Verdict::idle, .01, 2, 2, Action::hold, 2, "at_minimum"},
      {Verdict::idle, .01, 1, 0, Action::hold, 1, "idle"},
      {Verdict::steady, .69, 2, 1, Action::hold, 2, "steady"},   // .69/.35 = 1.97 -> 2
      {Verdict::steady, 1.38, 4, 1, Action::hold, 4, "steady"},  // 3.94 -> 4
  }));
  CAPTURE(name_of(row.verdict), row.replicas, row.used);
  WorkloadState state = workload(row.verdict);
  state.used_cores = state.demand_cores = row.used;
  state.replicas = row.replicas;
  state.min_replicas = row.min;
  const Decision decision = decide(state, {});
  CHECK(decision.action == row.action);
  CHECK(decision.to == row.to);
  CHECK(decision.reason == row.reason);
}

TEST_CASE("decide: within the tolerance nothing shrinks", "[scaling]") {
  WorkloadState state = workload(Verdict::steady);
  state.replicas = 50;
  // 17 cores of 50 x .5 = 68 % of 70 %: 49 would do, but 68 is within 5 % of 70.
  state.used_cores = state.demand_cores = 17;
  CHECK(decide(state, {}).action == Action::hold);
}

TEST_CASE("decide: work that no request brings is not scaled away", "[scaling]") {
  WorkloadState state = workload(Verdict::steady);
  state.replicas = 4;
  state.requests_per_second = 1;
  state.cores_per_request = 0.01;
  state.used_cores = state.demand_cores = 1.4;  // 4 x .35: exactly right
  CHECK(decide(state, {}).action == Action::hold);
}

TEST_CASE("decide: doubt freezes", "[scaling]") {
  WorkloadState state = workload(Verdict::cpu_saturated);
  SECTION("old data") {
    state.data_age_seconds = 15.1;
  }
  SECTION("too few pods with fresh data") {
    state.coverage = 0.59;
  }
  SECTION("an age that is not a number") {
    state.data_age_seconds = std::numeric_limits<double>::quiet_NaN();
  }
  const Decision decision = decide(state, {});
  CHECK(decision.action == Action::hold);
  CHECK(decision.reason == "stale_data");
}

TEST_CASE("decide: a wait that leads nowhere holds", "[scaling]") {
  struct Row {
    const char* name;
    std::vector<Downstream> downstream;
    const char* reason;
  };
  const Row row = GENERATE(values<Row>({
      {"no peer", {}, "external_dependency"},
      {"unknown peer", {waits_for("", .9, Verdict::unknown)}, "external_dependency"},
      {"itself", {waits_for("shop/Deployment/cart", .9, Verdict::steady)}, "external_dependency"},
      {"who waits too",
       {waits_for("a/Deployment/b", .9, Verdict::downstream_wait)},
       "external_dependency"},
      {"spread over many",
       {waits_for("a/Deployment/b", .3, Verdict::cpu_saturated)},
       "downstream_wait"},
      {"a disk", {waits_for("a/Deployment/b", .9, Verdict::disk_bound)}, "downstream_disk_bound"},
      {"a lock", {waits_for("a/Deployment/b", .9, Verdict::lock_bound)}, "downstream_lock_bound"},
      {"no data", {waits_for("a/Deployment/b", .9, Verdict::unknown)}, "downstream_unknown"},
  }));
  CAPTURE(row.name);
  WorkloadState state = workload(Verdict::downstream_wait);
  state.downstream = row.downstream;
  const Decision decision = decide(state, {});
  CHECK(decision.action == Action::hold);
  CHECK(decision.target == state.workload);
  CHECK(decision.reason == row.reason);
}

rc::Gen<double> any_amount() {
  return rc::gen::oneOf(
      rc::gen::map(rc::gen::inRange(0, 100'000), [](int value) { return value / 100.0; }),
      rc::gen::element(0.0, -1.0, 1e300, std::numeric_limits<double>::infinity(),
                       std::numeric_limits<double>::quiet_NaN()));
}

WorkloadState any_workload() {
  WorkloadState state = workload(Verdict::unknown);
  state.replicas = *rc::gen::inRange(-1, 40);
  state.min_replicas = *rc::gen::inRange(-1, 10);
  state.max_replicas = *rc::gen::inRange(0, 60);
  state.verdict = static_cast<Verdict>(*rc::gen::inRange<int>(0, kVerdictCount));
  state.data_age_seconds = *rc::gen::element(0.0, 14.0, 16.0);
  state.coverage = *rc::gen::element(0.0, 0.6, 1.0);
  state.demand_cores = *any_amount();
  state.used_cores = *any_amount();
  state.cores_per_replica = *any_amount();
  state.requests_per_second = *any_amount();
  state.cores_per_request = *any_amount();
  state.queued_requests = *any_amount();
  for (int left = *rc::gen::inRange(0, 3); left > 0; --left) {
    state.downstream.push_back(
        waits_for(*rc::gen::element<std::string>("", state.workload, "a/Deployment/b"),
                  *any_amount(), static_cast<Verdict>(*rc::gen::inRange<int>(0, kVerdictCount))));
  }
  return state;
}

TEST_CASE("decide: a wait that goes on is shown step by step", "[scaling]") {
  WorkloadState state = workload(Verdict::downstream_wait);
  state.downstream = {waits_for("a/Deployment/c", .9, Verdict::cpu_saturated)};
  state.downstream[0].path = {"a/Deployment/b", "a/Deployment/c"};
  const Decision decision = decide(state, {});
  CHECK(decision.target == "a/Deployment/c");
  CHECK(decision.evidence.front() ==
        "90 % of the time blocked on a/Deployment/c through a/Deployment/b");
}

TEST_CASE("decide: whatever is reported, the promises hold", "[scaling]") {
  REQUIRE(rc::check("bounds, doubt, targets and repeatability", [] {
    const WorkloadState state = any_workload();
    const Decision decision = decide(state, {});
    RC_ASSERT(decision == decide(state, {}));
    RC_ASSERT(decision.workload == state.workload);
    RC_ASSERT(!decision.reason.empty());
    RC_ASSERT(decision.from == state.replicas);
    if (decision.action == Action::scale_up) {
      RC_ASSERT(decision.to > state.replicas);
      RC_ASSERT(decision.to <= state.max_replicas);
      RC_ASSERT(decision.to <= std::max(2 * state.replicas, state.replicas + 1));
    }
    if (decision.action == Action::scale_down) {
      RC_ASSERT(decision.to < state.replicas);
      RC_ASSERT(decision.to >= std::max(state.min_replicas, 1));
    }
    if (decision.action == Action::redirect) {
      RC_ASSERT(decision.target != state.workload);
      RC_ASSERT(!decision.target.empty());
    } else {
      RC_ASSERT(decision.target == state.workload);
    }
    const bool changes =
        decision.action == Action::scale_up || decision.action == Action::scale_down;
    if (!changes) RC_ASSERT(decision.to == state.replicas);
    const bool doubt =
        state.verdict == Verdict::unknown || state.data_age_seconds > 15 || state.coverage < 0.6;
    if (doubt) RC_ASSERT(decision.action == Action::hold);
  }));
}

}  // namespace
}  // namespace kernwise::scaling
