// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/actuate/gate.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "test/unit/actuate/facts.hpp"
#include "test/unit/actuate/gate_bench.hpp"

namespace kernwise::actuate {
namespace {

using std::chrono::seconds;
using test::Fault;

test::Json scalable_object(const std::string& kind, const std::string& name) {
  return test::json_of(R"({"apiVersion":"apps/v1","kind":")" + kind +
                       R"(","metadata":{"namespace":"shop","name":")" + name +
                       R"("},"spec":{"replicas":3,"selector":{"matchLabels":{"app":"web"}}}})");
}

/// A gate before a fake API server, with a cache that is always up to date.
struct Bench : test::GateServer {
  MonoTime now = test::kNow;
  Facts facts = test::good_facts();
  std::unique_ptr<Gate> gate = std::make_unique<Gate>(
      Gate::Ports{
          .client = client,
          .facts = [this](const std::string& workload, MonoTime) { return facts_of(workload); },
          .settled = [this](const Intent&, const Outcome& outcome) { settled.push_back(outcome); },
          .clock = [this] { return now; }},
      Rules{});

  Bench() { front.api().put(scalable_object("Deployment", "web")); }

  [[nodiscard]] Facts facts_of(const std::string& workload) const {
    Facts copy = facts;
    const bool set = workload.find("/StatefulSet/") != std::string::npos;
    const auto object = front_api().find("apps/v1", set ? "StatefulSet" : "Deployment", "shop",
                                         workload.substr(workload.rfind('/') + 1));
    if (object) copy.target.uid = test::text_at(*object, "/metadata/uid");
    return copy;
  }
  [[nodiscard]] test::FakeApi& front_api() const {
    return const_cast<test::ApiFront&>(front).api();  // it has no const view of its server
  }
  [[nodiscard]] std::int64_t replicas(const char* kind = "Deployment") const {
    const auto object = front_api().find("apps/v1", kind, "shop", "web");
    return test::integer_at(*object, "/spec/replicas").value_or(0);
  }
  std::string run(const Intent& intent = test::grow()) { return GateServer::run(*gate, intent); }
};

}  // namespace

TEST_CASE("gate: a write is read, tried without effect, then done", "[actuate]") {
  Bench bench;
  CHECK(bench.run() == "applied act");
  CHECK(bench.replicas() == 5);
  CHECK(bench.verbs() == std::vector<std::string>{"get", "patch dry", "patch"});
  for (const test::Seen& seen : bench.front.seen()) {
    CHECK(seen.path == "/apis/apps/v1/namespaces/shop/deployments/web/scale");
    if (seen.verb == "patch") CHECK(seen.parameter("fieldManager") == "kernwise");
  }
  REQUIRE(bench.settled.size() == 1);
  CHECK(bench.settled.front().latency);
  CHECK(bench.gate->underway() == 0);
  // The cache says three for a moment longer, then five: no second write either way.
  CHECK(bench.run() == "held cooldown");
}

TEST_CASE("gate: a stateful set is scaled as well, what has no replicas is not", "[actuate]") {
  Bench bench;
  bench.front.api().put(scalable_object("StatefulSet", "web"));
  Intent intent = test::grow();
  intent.workload = "shop/StatefulSet/web";
  CHECK(bench.run(intent) == "applied act");
  CHECK(bench.replicas("StatefulSet") == 5);
  for (const char* other : {"shop/DaemonSet/web", "shop/web", "web", "", "shop//web", "//"}) {
    intent.workload = other;
    INFO(other);
    CHECK(bench.run(intent) == "held unknown_object");
  }
}

TEST_CASE("gate: without the mode Act nothing is sent at all", "[actuate]") {
  const auto [mode, outcome] = GENERATE(table<std::string, std::string>(
      {{"Recommend", "recommended mode_recommend"}, {"Observe", "observed mode_observe"}}));
  Bench bench;
  bench.facts.target.annotations[kScalingMode] = mode;
  CHECK(bench.run() == outcome);
  CHECK(bench.front.seen().empty());
}

TEST_CASE("gate: what the server has is compared with what was decided for", "[actuate]") {
  Bench bench;
  SECTION("other replicas") {
    test::Json moved = *bench.front.api().find("apps/v1", "Deployment", "shop", "web");
    test::set_at(moved, "/spec/replicas", 4);
    bench.front.api().put(moved);
    CHECK(bench.run() == "held replicas_changed");
  }
  SECTION("another object of that name") {
    bench.front.add({.kind = Fault::Kind::hold, .verb = "get"});
    CHECK(bench.run() == "pending");
    bench.front.api().remove("apps/v1", "Deployment", "shop", "web");
    bench.front.api().put(scalable_object("Deployment", "web"));
    bench.release();
    CHECK(bench.settled.back().reason == "another_object");
  }
  SECTION("it is gone") {
    bench.front.api().remove("apps/v1", "Deployment", "shop", "web");
    CHECK(bench.run() == "refused read");
  }
  CHECK(bench.front.api().writes().empty());
}

TEST_CASE("gate: a conflict is not tried again", "[actuate]") {
  Bench bench;
  bench.front.add({.kind = Fault::Kind::hold, .verb = "patch"});
  CHECK(bench.run() == "pending");
  CHECK(bench.gate->propose(test::grow()).result == "pending");
  test::Json moved = *bench.front.api().find("apps/v1", "Deployment", "shop", "web");
  test::set_at(moved, "/spec/replicas", 7);
  bench.front.api().put(moved);
  bench.release();
  REQUIRE(bench.settled.size() == 1);
  CHECK(bench.settled.front().result == "conflict");
  CHECK(bench.settled.front().reason == "dry_run");
  CHECK(bench.replicas() == 7);
  CHECK(bench.verbs() == std::vector<std::string>{"get", "patch dry"});
}

TEST_CASE("gate: what the server would refuse is not written", "[actuate]") {
  const auto [status, outcome] = GENERATE(table<int, std::string>({{403, "refused dry_run"},
                                                                   {422, "refused dry_run"},
                                                                   {500, "failed dry_run"},
                                                                   {429, "failed dry_run"}}));
  Bench bench;
  Fault fault{.kind = Fault::Kind::answer, .verb = "patch", .times = 100};
  fault.reply.status = status;
  bench.front.add(fault);
  CHECK(bench.run() == outcome);
  CHECK(bench.front.api().writes().empty());
  CHECK(bench.run() == (status == 429 ? "held throttled" : outcome));
}

TEST_CASE("gate: whatever comes up before the write stops it", "[actuate]") {
  struct Row {
    const char* what;
    std::function<void(Bench&)> change;
    const char* outcome;
  };
  const Row row = GENERATE(
      Row{"leading ends", [](Bench& b) { b.facts.leads_until.reset(); }, "held not_leader"},
      Row{"stopped like by SIGSTOP", [](Bench& b) { b.now += seconds(60); }, "held not_leader"},
      Row{"paused", [](Bench& b) { b.facts.target.namespace_annotations[kPaused] = "true"; },
          "held paused"},
      Row{"an autoscaler appears",
          [](Bench& b) { b.facts.target.autoscalers = {"HorizontalPodAutoscaler/web"}; },
          "recommended owned_by_hpa"},
      Row{"rules change", [](Bench& b) { b.gate->change({.paused = true}); }, "held paused"});
  INFO(row.what);
  Bench bench;
  bench.front.add({.kind = Fault::Kind::hold, .verb = "patch"});
  CHECK(bench.run() == "pending");
  row.change(bench);
  bench.release();
  REQUIRE(bench.settled.size() == 1);
  const Outcome& outcome = bench.settled.front();
  CHECK(outcome.result + " " + outcome.reason == row.outcome);
  CHECK(bench.replicas() == 3);
  CHECK(bench.verbs() == std::vector<std::string>{"get", "patch dry"});
}

TEST_CASE("gate: a write whose answer is lost counts as written", "[actuate]") {
  Bench bench;
  bench.front.add({.kind = Fault::Kind::lose, .verb = "patch", .skip = 1});
  CHECK(bench.run() == "unknown write");
  CHECK(bench.replicas() == 5);
  CHECK(bench.run() == "held cooldown");
}

TEST_CASE("gate: without an API server nothing is written and nothing hangs", "[actuate]") {
  Bench bench;
  bench.client.down(true);
  CHECK(bench.run() == "failed read");
  CHECK(bench.gate->underway() == 0);
  bench.client.down(false);
  CHECK(bench.run() == "applied act");
}

TEST_CASE("gate: at most four writes are underway", "[actuate]") {
  Bench bench;
  bench.front.add({.kind = Fault::Kind::hold, .times = 100});
  Intent intent = test::grow();
  for (int i = 0; i < 4; ++i) {
    intent.workload = "shop/Deployment/web-" + std::to_string(i);
    CHECK(bench.gate->propose(intent).result == "pending");
  }
  intent.workload = "shop/Deployment/web-4";
  CHECK(bench.gate->propose(intent).reason == "crowded");
  CHECK(bench.gate->underway() == 4);
}

TEST_CASE("gate: answers after its end find nobody", "[actuate]") {
  Bench bench;
  CHECK(bench.gate->propose(test::grow()).result == "pending");
  bench.gate.reset();
  bench.io.poll();
  CHECK(bench.settled.empty());
  CHECK(bench.replicas() == 3);
}

}  // namespace kernwise::actuate
