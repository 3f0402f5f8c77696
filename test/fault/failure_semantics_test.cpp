// SPDX-License-Identifier: Apache-2.0
// security.md 9, row by row: what scores, scaling and leading do when something is missing, old or
// gone. Simulated time; the API server is the fake one with its faults.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <set>

#include "orchestrator/api/scheduler_routes.hpp"
#include "test/support/replica_rig.hpp"
#include "test/unit/orchestrator/routes.hpp"

namespace kernwise {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::ReplicaRig;

/// Scores of ten nodes as kube-scheduler would get them.
std::string scores(ReplicaRig& rig, std::size_t replica = 0) {
  const auto routes = api::scheduler_routes(
      rig.replica(replica).core.view(), {.prefix = {}, .mode = protocol::Mode::act},
      [&rig] { return rig.now_for(); }, [](const char*, protocol::Outcome&&) {});
  auto request = test::request("POST", "/prioritize");
  request.body = R"({"Pod":{"metadata":{"name":"p","namespace":"shop","uid":"u"},"spec":{)"
                 R"("containers":[{"name":"c","resources":{"requests":{"cpu":"1"}}}]}},)"
                 R"("NodeNames":["n0","n1","n2","n3","n4","n5","n6","n7","n8","n9"]})";
  const auto answer = test::ask(routes, request);
  CHECK(answer.status == 200);
  return answer.body;
}

bool are_neutral(const std::string& text) {
  return text == "[]";
}

std::set<std::string> nodes(int count) {
  std::set<std::string> names;
  for (int i = 0; i < count; ++i) names.insert("n" + std::to_string(i));
  return names;
}

/// Leads, has seen the workload, and has not yet written.
void begin(ReplicaRig& rig) {
  rig.cores_per_pod = 0.6;
  rig.verdict = Verdict::steady;
  rig.run(seconds(40));
  REQUIRE(rig.leaders().size() == 1);
  REQUIRE(rig.replicas() == 3);
  REQUIRE_FALSE(are_neutral(scores(rig)));
}

void saturate(ReplicaRig& rig) {
  rig.cores_per_pod = 1;
  rig.verdict = Verdict::cpu_saturated;
}

bool shows(ReplicaRig& rig, const std::string& line, std::size_t replica = 0) {
  return rig.metrics(replica).find(line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("failure: with fresh data a saturated workload in mode Act is scaled", "[fault]") {
  ReplicaRig rig(1);
  begin(rig);
  saturate(rig);
  rig.run(seconds(10));
  CHECK(rig.replicas() == 5);  // 3 busy cores / 0.7
  rig.run(seconds(60));
  CHECK(rig.replicas() == 10);  // its maximum
  CHECK(rig.writes().size() == 3);
  CHECK(shows(rig, R"(kernwise_writes_total{class="scaling",result="applied"} 3)"));
  CHECK(shows(rig, "kernwise_leader 1"));
  CHECK(shows(rig, R"(kernwise_decisions_total{action="scale_up",class="scaling",)"
                   R"(outcome="applied",reason="act"} 3)"));
}

TEST_CASE("failure: doubt freezes scaling, and the end of doubt thaws it", "[fault]") {
  struct Row {
    const char* what;
    std::function<void(ReplicaRig&)> break_it, mend_it;
    const char* outcome;  // while broken; empty: no change is even decided
    bool neutral;         // scores while broken
  };
  const Row row = GENERATE(
      Row{"5 of 10 nodes silent", [](ReplicaRig& rig) { rig.silent = nodes(5); },
          [](ReplicaRig& rig) { rig.silent.clear(); }, "", true},
      Row{"5 nodes without the workload silent",
          [](ReplicaRig& rig) { rig.silent = {"n5", "n6", "n7", "n8", "n9"}; },
          [](ReplicaRig& rig) { rig.silent.clear(); }, "held nodes_stale", true},
      Row{"the API server away", [](ReplicaRig& rig) { rig.replica(0).api_away = true; },
          [](ReplicaRig& rig) { rig.replica(0).api_away = false; }, "held not_leader", false},
      Row{"the object paused", [](ReplicaRig& rig) { rig.annotate("kernwise.io/paused", "true"); },
          [](ReplicaRig& rig) { rig.annotate("kernwise.io/paused", "false"); }, "held paused",
          false},
      Row{"the mode Recommend",
          [](ReplicaRig& rig) { rig.annotate("kernwise.io/scaling-mode", "Recommend"); },
          [](ReplicaRig& rig) { rig.annotate("kernwise.io/scaling-mode", "Act"); },
          "recommended mode_recommend", false},
      Row{"no maximum", [](ReplicaRig& rig) { rig.annotate("kernwise.io/max-replicas", "none"); },
          [](ReplicaRig& rig) { rig.annotate("kernwise.io/max-replicas", "10"); },
          "recommended missing_bounds", false});
  INFO(row.what);
  ReplicaRig rig(1);
  begin(rig);
  row.break_it(rig);
  rig.run(seconds(20));
  saturate(rig);
  rig.run(seconds(60));
  CHECK(rig.replicas() == 3);
  CHECK(rig.writes().empty());
  if (row.outcome[0] != '\0') CHECK(rig.outcome() == row.outcome);
  CHECK(are_neutral(scores(rig)) == row.neutral);

  row.mend_it(rig);
  const auto recovery = rig.until([&] { return rig.replicas() > 3; }, seconds(60));
  CHECK(recovery <= seconds(30));
  CHECK_FALSE(are_neutral(scores(rig)));
}

TEST_CASE("failure: nodes that are silent fade to no opinion", "[fault]") {
  ReplicaRig rig(1);
  begin(rig);
  rig.silent = nodes(10);
  rig.run(seconds(200));
  CHECK(are_neutral(scores(rig)));
  CHECK(rig.writes().empty());
}

TEST_CASE("failure: without the API server for an hour scores go on, nothing is written",
          "[fault]") {
  const seconds away = GENERATE(seconds(1), seconds(60), seconds(3'600));
  INFO(away.count());
  ReplicaRig rig(1);
  begin(rig);
  const std::string before = scores(rig);
  rig.replica(0).api_away = true;
  saturate(rig);
  const auto until_frozen = rig.until([&] { return rig.leaders().empty(); }, seconds(10));
  if (away > seconds(10)) CHECK(until_frozen <= seconds(7));
  rig.run(std::max(seconds(0), away - seconds(10)));
  CHECK(rig.writes().empty());
  CHECK(scores(rig).size() == before.size());
  CHECK_FALSE(are_neutral(scores(rig)));
  rig.replica(0).api_away = false;
  const auto recovery = rig.until([&] { return rig.replicas() > 3; }, seconds(60));
  CHECK(recovery <= seconds(30));
}

TEST_CASE("failure: who does not lead scores and decides, and writes nothing", "[fault]") {
  ReplicaRig rig(2);
  begin(rig);
  saturate(rig);
  rig.run(seconds(60));
  const std::size_t leader = rig.leaders().at(0);
  const std::size_t follower = 1 - leader;
  CHECK(scores(rig, leader) == scores(rig, follower));
  CHECK(shows(rig, "kernwise_leader 0", follower));
  CHECK(rig.metrics(follower).find("kernwise_writes_total") == std::string::npos);
  CHECK(rig.writes().size() == 3);
}

TEST_CASE("failure: a leader that is gone is followed within 20 s, one writer per version",
          "[fault]") {
  const bool comes_back = GENERATE(false, true);
  INFO(comes_back);
  ReplicaRig rig(2);
  begin(rig);
  const std::size_t old = rig.leaders().at(0);
  rig.replica(old).stopped = true;
  saturate(rig);
  const auto gap = rig.until([&] { return rig.replica(1 - old).actuator->leading(); }, seconds(60));
  CHECK(gap <= seconds(20));
  if (comes_back) rig.replica(old).stopped = false;
  rig.run(seconds(120));
  CHECK(rig.leaders() == std::vector<std::size_t>{1 - old});
  CHECK(rig.replicas() == 10);
  CHECK(rig.writes().size() == 3);
}

TEST_CASE("failure: a leader that is told to end hands over within 5 s", "[fault]") {
  ReplicaRig rig(2);
  begin(rig);
  const std::size_t old = rig.leaders().at(0);
  rig.replica(old).actuator->stop();
  CHECK(rig.leaders().empty());
  CHECK(rig.until([&] { return rig.replica(old).actuator->stopped(); }, seconds(2)) < seconds(2));
  CHECK(rig.until([&] { return !rig.leaders().empty(); }, seconds(10)) <= seconds(5));
}

TEST_CASE("failure: an API server that is ill costs writes, never doubles one", "[fault]") {
  struct Row {
    const char* what;
    test::Fault fault;
  };
  test::Reply busy;
  busy.status = 429;
  busy.retry_after = 3;
  test::Reply broken;
  broken.status = 500;
  using Kind = test::Fault::Kind;
  const Row row = GENERATE_COPY(
      Row{"every write 500", {.kind = Kind::answer, .verb = "patch", .times = 6, .reply = broken}},
      Row{"everything 500", {.kind = Kind::answer, .times = 40, .reply = broken}},
      Row{"too many requests", {.kind = Kind::answer, .verb = "patch", .times = 6, .reply = busy}},
      Row{"answers of writes lost", {.kind = Kind::lose, .verb = "patch", .times = 6}});
  INFO(row.what);
  ReplicaRig rig(1);
  begin(rig);
  rig.front().add(row.fault);
  saturate(rig);
  rig.run(seconds(180));
  CHECK(rig.replicas() == 10);
  // Three steps from three to ten; each version was written at most once.
  std::set<std::uint64_t> versions;
  for (const test::Write& write : rig.writes()) CHECK(versions.insert(write.before).second);
  CHECK(rig.writes().size() == 3);
}

TEST_CASE("failure: in mode Recommend only the lease and events are written", "[fault]") {
  ReplicaRig rig(2);
  rig.annotate("kernwise.io/scaling-mode", "Recommend");
  begin(rig);
  saturate(rig);
  rig.run(seconds(120));
  CHECK(rig.outcome(rig.leaders().at(0)) == "recommended mode_recommend");
  std::size_t events = 0;
  for (const test::Write& write : rig.front().api().writes()) {
    const bool lease = write.path.find("/leases") != std::string::npos;
    const bool event = write.path.find("/events") != std::string::npos;
    CHECK((lease || event));
    if (event) ++events;
  }
  CHECK(events == 1);  // once, by the leader
}

}  // namespace kernwise
