// SPDX-License-Identifier: Apache-2.0
#include <boost/json/serialize.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "test/unit/actuate/facts.hpp"
#include "test/unit/actuate/gate_bench.hpp"

namespace kernwise::actuate {
namespace {

using std::chrono::seconds;
using test::Fault;

const NodeIntent kTaint{NodeAction::taint, "n1", "disk", "contended"};
const NodeIntent kUntaint{NodeAction::untaint, "n1", {}, "cooled"};
const NodeIntent kTouch{NodeAction::touch, "n1", {}, "cooled"};
const std::string kOurs =
    R"({"key":"kernwise.io/contended","value":"disk","effect":"PreferNoSchedule"})";
const std::string kOthers =
    R"({"key":"dedicated","value":"gpu","effect":"NoSchedule","timeAdded":"2026-01-01T00:00:00Z"})";

/// A gate before a fake API server with one node.
struct Bench : test::GateServer {
  MonoTime now = test::kNow;
  Facts facts = test::good_facts();
  NodeTarget target{.known = true};
  std::unique_ptr<Gate> gate = std::make_unique<Gate>(
      Gate::Ports{.client = client,
                  .facts = [this](const std::string&, MonoTime) { return facts; },
                  .settled = [](const Intent&, const Outcome&) {},
                  .node = [this](const std::string&) { return target; },
                  .node_settled = [this](const NodeIntent&,
                                         const Outcome& outcome) { settled.push_back(outcome); },
                  .stamp = [] { return std::string("2026-01-01T00:00:00Z"); },
                  .clock = [this] { return now; }},
      Rules{.soft_taints = Mode::act});

  explicit Bench(const std::string& taints = kOthers) {
    front.api().put(test::json_of(
        R"({"apiVersion":"v1","kind":"Node","metadata":{"name":"n1"},"spec":{"taints":[)" + taints +
        "]}}"));
  }
  std::string run(const NodeIntent& intent) { return GateServer::run(*gate, intent); }
  [[nodiscard]] test::Json node() { return *front.api().find("v1", "Node", "", "n1"); }
  [[nodiscard]] std::string taints() {
    const test::Json whole = node();
    const auto* const spec = whole.as_object().if_contains("spec");
    const auto* const list = spec == nullptr ? nullptr : spec->as_object().if_contains("taints");
    return list == nullptr ? "none" : boost::json::serialize(*list);
  }
};

}  // namespace

TEST_CASE("gate: a taint joins those of others, tried first, and leaves them alone", "[actuate]") {
  Bench bench;
  CHECK(bench.run(kTaint) == "applied act");
  CHECK(test::json_of(bench.taints()) == test::json_of("[" + kOthers + "," + kOurs + "]"));
  CHECK(bench.verbs() == std::vector<std::string>{"get", "patch dry", "patch"});
  CHECK(bench.run(kUntaint) == "held cooldown");
  bench.now += seconds(60);
  bench.facts.leads_until = bench.now + seconds(7);
  bench.facts.api.heard = bench.now;
  CHECK(bench.run(kUntaint) == "applied act");
  CHECK(test::json_of(bench.taints()) == test::json_of("[" + kOthers + "]"));
}

TEST_CASE("gate: a mark that is there already is not written", "[actuate]") {
  Bench bench(kOurs);
  CHECK(bench.run(kTaint) == "held done_already");
  CHECK(bench.verbs() == std::vector<std::string>{"get"});
}

TEST_CASE("gate: a node with more taints than are read keeps them", "[actuate]") {
  std::string many = kOurs;
  for (int i = 0; i < 70; ++i) {
    many += R"(,{"key":"k)" + std::to_string(i) + R"(","effect":"NoSchedule"})";
  }
  Bench bench(many);
  CHECK(bench.run(kUntaint) == "held many_taints");
  CHECK(bench.front.api().writes().empty());
}

TEST_CASE("gate: a touch changes one annotation of the node", "[actuate]") {
  Bench bench;
  CHECK(bench.run(kTouch) == "applied act");
  CHECK(test::text_at(bench.node(), "/metadata/annotations/kernwise.io~1cooled") ==
        "2026-01-01T00:00:00Z");
  CHECK(test::json_of(bench.taints()) == test::json_of("[" + kOthers + "]"));
}

TEST_CASE("gate: who changes the node in between wins", "[actuate]") {
  Bench bench;
  bench.front.add({.kind = Fault::Kind::hold, .verb = "patch"});
  CHECK(bench.run(kTaint) == scaling::kPending);
  test::Json moved = bench.node();
  test::set_at(moved, "/spec/unschedulable", true);
  bench.front.api().put(moved);
  bench.release();
  REQUIRE(bench.settled.size() == 1);
  CHECK(bench.settled.front().result == "conflict");
  CHECK(test::json_of(bench.taints()) == test::json_of("[" + kOthers + "]"));
}

TEST_CASE("judge: what stands against a mark of a node", "[actuate]") {
  struct Row {
    const char* about;
    NodeIntent intent;
    std::function<void(Facts&, NodeTarget&, Rules&)> change;
    std::string verdict;
  };
  const std::vector<Row> rows{
      {"nothing", kTaint, [](auto&, auto&, auto&) {}, "act"},
      {"another leads", kTaint, [](auto& facts, auto&, auto&) { facts.leads_until.reset(); },
       "not_leader"},
      {"an old cache", kUntaint,
       [](auto& facts, auto&, auto&) { facts.api.heard = test::second(9'900); }, "api_stale"},
      {"old data of most nodes", kTaint, [](auto& facts, auto&, auto&) { facts.nodes.fresh = 5; },
       "nodes_stale"},
      {"old data of most nodes, a mark goes", kUntaint,
       [](auto& facts, auto&, auto&) { facts.nodes.fresh = 0; }, "act"},
      {"no such node", kTaint, [](auto&, auto& node, auto&) { node.known = false; },
       "unknown_object"},
      {"it goes", kTouch, [](auto&, auto& node, auto&) { node.deleting = true; }, "being_deleted"},
      {"mode of all", kTaint, [](auto&, auto&, auto& rules) { rules.soft_taints = Mode::observe; },
       "mode_observe"},
      {"mode of the node", kTaint,
       [](auto&, auto& node, auto&) { node.annotations[kPlacementMode] = "Recommend"; },
       "mode_recommend"},
      {"a word that is none", kTaint,
       [](auto&, auto& node, auto&) { node.annotations[kPlacementMode] = "act"; },
       "mode_recommend"},
      {"a mark goes in every mode", kUntaint,
       [](auto&, auto&, auto& rules) { rules.soft_taints = Mode::observe; }, "act"},
      {"the node is paused", kUntaint,
       [](auto&, auto& node, auto&) { node.annotations[kPaused] = "true"; }, "paused"},
      {"all is paused", kTouch, [](auto&, auto&, auto& rules) { rules.paused = true; }, "paused"},
      {"written 59 s ago", kTaint,
       [](auto& facts, auto&, auto&) { facts.pace.written = test::second(9'941); }, "cooldown"},
      {"written 60 s ago", kTaint,
       [](auto& facts, auto&, auto&) { facts.pace.written = test::second(9'940); }, "act"},
      {"too many writes", kTaint, [](auto& facts, auto&, auto&) { facts.pace.budget = false; },
       "budget"},
  };
  for (const Row& row : rows) {
    INFO(row.about);
    Facts facts = test::good_facts();
    NodeTarget target{.known = true};
    Rules rules{.soft_taints = Mode::act};
    row.change(facts, target, rules);
    CHECK(judge(row.intent, target, facts, rules, test::kNow).reason == row.verdict);
  }
}

}  // namespace kernwise::actuate
