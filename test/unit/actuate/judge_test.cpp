// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/actuate/judge.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <functional>

#include "test/unit/actuate/facts.hpp"

namespace kernwise::actuate {
namespace {

using std::chrono::seconds;
using test::kNow;
using test::second;

struct Row {
  const char* what;
  std::function<void(Facts&, Rules&)> change;
  Effect effect;
  const char* reason;
};

void check(const Row& row, const Intent& intent) {
  INFO(row.what);
  Facts facts = test::good_facts();
  Rules rules;
  row.change(facts, rules);
  const Verdict verdict = judge(intent, facts, rules, kNow);
  CHECK(verdict.effect == row.effect);
  CHECK(verdict.reason == row.reason);
}

}  // namespace

TEST_CASE("gate: without an objection a write may be done", "[actuate]") {
  CHECK(judge(test::grow(), test::good_facts(), {}, kNow) == Verdict{Effect::write, "act"});
  CHECK(judge(test::shrink(), test::good_facts(), {}, kNow) == Verdict{Effect::write, "act"});
}

TEST_CASE("gate: doubt about who leads or how old things are holds everything", "[actuate]") {
  const Row row = GENERATE(
      Row{"not leading", [](Facts& f, Rules&) { f.leads_until.reset(); }, Effect::hold,
          "not_leader"},
      Row{"the renew deadline is now", [](Facts& f, Rules&) { f.leads_until = kNow; }, Effect::hold,
          "not_leader"},
      Row{"caches were never filled", [](Facts& f, Rules&) { f.api = {}; }, Effect::hold,
          "api_not_synced"},
      Row{"a cache is filled again", [](Facts& f, Rules&) { f.api.synced = false; }, Effect::hold,
          "api_not_synced"},
      Row{"60 s old", [](Facts& f, Rules&) { f.api.heard = kNow - seconds(60); }, Effect::write,
          "act"},
      Row{"61 s old", [](Facts& f, Rules&) { f.api.heard = kNow - seconds(61); }, Effect::hold,
          "api_stale"},
      Row{"6 of 10 nodes", [](Facts& f, Rules&) { f.nodes.fresh = 6; }, Effect::write, "act"},
      Row{"5 of 10 nodes", [](Facts& f, Rules&) { f.nodes.fresh = 5; }, Effect::hold,
          "nodes_stale"},
      Row{"flooded", [](Facts& f, Rules&) { f.overloaded = true; }, Effect::hold, "overloaded"},
      Row{"no nodes", [](Facts& f, Rules&) { f.nodes = {}; }, Effect::hold, "nodes_stale"},
      Row{"no such object", [](Facts& f, Rules&) { f.target.known = false; }, Effect::hold,
          "unknown_object"},
      Row{"it goes away", [](Facts& f, Rules&) { f.target.deleting = true; }, Effect::hold,
          "being_deleted"});
  check(row, test::grow());
}

TEST_CASE("gate: the nearest word about the mode counts", "[actuate]") {
  const auto say = [](Annotations& annotations, const char* mode) {
    annotations[kScalingMode] = mode;
  };
  const Row row = GENERATE_COPY(
      Row{"nobody says: Recommend",
          [](Facts& f, Rules&) { f.target.annotations.erase(kScalingMode); }, Effect::recommend,
          "mode_recommend"},
      Row{"everything acts",
          [](Facts& f, Rules& r) {
            f.target.annotations.erase(kScalingMode);
            r.mode = Mode::act;
          },
          Effect::write, "act"},
      Row{"the namespace acts",
          [=](Facts& f, Rules&) {
            f.target.annotations.erase(kScalingMode);
            say(f.target.namespace_annotations, "Act");
          },
          Effect::write, "act"},
      Row{"the namespace observes, the object acts",
          [=](Facts& f, Rules&) { say(f.target.namespace_annotations, "Observe"); }, Effect::write,
          "act"},
      Row{"the object observes, all else acts",
          [=](Facts& f, Rules& r) {
            say(f.target.annotations, "Observe");
            say(f.target.namespace_annotations, "Act");
            r.mode = Mode::act;
          },
          Effect::observe, "mode_observe"},
      Row{"not a mode", [=](Facts& f, Rules&) { say(f.target.annotations, "act"); },
          Effect::recommend, "bad_annotation"},
      Row{"no minimum", [](Facts& f, Rules&) { f.target.annotations.erase(kMinReplicas); },
          Effect::recommend, "missing_bounds"},
      Row{"no maximum although everything acts",
          [](Facts& f, Rules& r) {
            f.target.annotations.erase(kMaxReplicas);
            r.mode = Mode::act;
          },
          Effect::recommend, "missing_bounds"},
      Row{"bounds of the namespace",
          [](Facts& f, Rules&) { std::swap(f.target.annotations, f.target.namespace_annotations); },
          Effect::write, "act"});
  check(row, test::grow());
}

TEST_CASE("gate: a pause holds whatever the mode", "[actuate]") {
  const Row row =
      GENERATE(Row{"everything", [](Facts&, Rules& r) { r.paused = true; }, Effect::hold, "paused"},
               Row{"the object", [](Facts& f, Rules&) { f.target.annotations[kPaused] = "true"; },
                   Effect::hold, "paused"},
               Row{"its namespace",
                   [](Facts& f, Rules&) { f.target.namespace_annotations[kPaused] = "true"; },
                   Effect::hold, "paused"},
               Row{"any word", [](Facts& f, Rules&) { f.target.annotations[kPaused] = ""; },
                   Effect::hold, "paused"},
               Row{"the object does not lift its namespace's",
                   [](Facts& f, Rules&) {
                     f.target.annotations[kPaused] = "false";
                     f.target.namespace_annotations[kPaused] = "true";
                   },
                   Effect::hold, "paused"},
               Row{"not paused", [](Facts& f, Rules&) { f.target.annotations[kPaused] = "false"; },
                   Effect::write, "act"},
               Row{"recommendations, too",
                   [](Facts& f, Rules&) { f.target.annotations = {{kPaused, "true"}}; },
                   Effect::hold, "paused"});
  check(row, test::grow());
}

TEST_CASE("gate: nothing beyond the bounds, beside others or of the cluster itself", "[actuate]") {
  const Row row = GENERATE(
      Row{"above the maximum", [](Facts& f, Rules&) { f.target.annotations[kMaxReplicas] = "4"; },
          Effect::hold, "out_of_bounds"},
      Row{"below the minimum", [](Facts& f, Rules&) { f.target.annotations[kMinReplicas] = "6"; },
          Effect::hold, "out_of_bounds"},
      Row{"an autoscaler",
          [](Facts& f, Rules&) { f.target.autoscalers = {"HorizontalPodAutoscaler/web"}; },
          Effect::recommend, "owned_by_hpa"},
      Row{"KEDA", [](Facts& f, Rules&) { f.target.autoscalers = {"ScaledObject/web"}; },
          Effect::recommend, "owned_by_keda"},
      Row{"a vertical one",
          [](Facts& f, Rules&) { f.target.autoscalers = {"VerticalPodAutoscaler/web"}; },
          Effect::recommend, "owned_by_vpa"},
      Row{"something else", [](Facts& f, Rules&) { f.target.autoscalers = {"Else/web"}; },
          Effect::recommend, "owned_by_other"});
  check(row, test::grow());

  Intent system = test::grow();
  system.workload = "kube-system/Deployment/coredns";
  CHECK(judge(system, test::good_facts(), {}, kNow).reason == "system_namespace");
}

TEST_CASE("gate: writes keep their pace", "[actuate]") {
  const Row row = GENERATE(
      Row{"somebody has changed it", [](Facts& f, Rules&) { f.target.replicas = 4; }, Effect::hold,
          "replicas_changed"},
      Row{"underway", [](Facts& f, Rules&) { f.pace.underway = true; }, Effect::hold, "underway"},
      Row{"written 14 s ago", [](Facts& f, Rules&) { f.pace.written = kNow - seconds(14); },
          Effect::hold, "cooldown"},
      Row{"written 15 s ago", [](Facts& f, Rules&) { f.pace.written = kNow - seconds(15); },
          Effect::write, "act"},
      Row{"just leading", [](Facts& f, Rules&) { f.pace.writes_from = kNow; }, Effect::write,
          "act"},
      Row{"asked to wait", [](Facts& f, Rules&) { f.pace.wait_until = kNow + seconds(1); },
          Effect::hold, "throttled"},
      Row{"waited", [](Facts& f, Rules&) { f.pace.wait_until = kNow; }, Effect::write, "act"},
      Row{"too many at once", [](Facts& f, Rules&) { f.pace.crowded = true; }, Effect::hold,
          "crowded"},
      Row{"too many per minute", [](Facts& f, Rules&) { f.pace.budget = false; }, Effect::hold,
          "budget"});
  check(row, test::grow());
}

TEST_CASE("gate: replicas are taken away slowly", "[actuate]") {
  const Row row = GENERATE(
      Row{"written 299 s ago", [](Facts& f, Rules&) { f.pace.written = kNow - seconds(299); },
          Effect::hold, "cooldown"},
      Row{"leading for 299 s: who led before may have written",
          [](Facts& f, Rules&) { f.pace.writes_from = kNow - seconds(299); }, Effect::hold,
          "cooldown"},
      Row{"leading for 300 s", [](Facts& f, Rules&) { f.pace.writes_from = kNow - seconds(300); },
          Effect::write, "act"});
  check(row, test::shrink());
}

TEST_CASE("gate: bounds are numbers from one on, the minimum first", "[actuate]") {
  struct Bound {
    const char *least, *most;
    bool good;
  };
  const Bound row = GENERATE(Bound{"1", "1", true}, Bound{"2", "10", true}, Bound{"3", "2", false},
                             Bound{"0", "2", false}, Bound{"-1", "2", false}, Bound{"1", "", false},
                             Bound{"1", "2x", false}, Bound{" 1", "2", false},
                             Bound{"1", "1000001", false}, Bound{"1", "99999999999", false});
  INFO(row.least << ".." << row.most);
  TargetFacts target;
  target.annotations = {{kMinReplicas, row.least}, {kMaxReplicas, row.most}};
  CHECK(bounds_of(target).has_value() == row.good);
}

}  // namespace kernwise::actuate
