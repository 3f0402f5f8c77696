// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>
#include <catch2/catch_test_macros.hpp>

#include "test/unit/actuate/facts.hpp"

namespace kernwise {
namespace {

using actuate::Facts;
using test::kNow;

MonoTime around_now() {
  return kNow + std::chrono::milliseconds(*rc::gen::inRange(-400'000, 20'000));
}

std::optional<MonoTime> maybe_around_now() {
  return *rc::gen::inRange(0, 4) == 0 ? std::nullopt : std::optional(around_now());
}

actuate::Annotations any_annotations() {
  actuate::Annotations annotations;
  const auto say = [&](const char* key, const std::vector<std::string>& words) {
    const auto word = *rc::gen::elementOf(words);
    if (word != "-") annotations[key] = word;
  };
  say(actuate::kScalingMode, {"-", "Act", "Act", "Recommend", "Observe", "Actt"});
  say(actuate::kPaused, {"-", "-", "-", "false", "true", "yes"});
  say(actuate::kMinReplicas, {"-", "1", "2", "4", "x"});
  say(actuate::kMaxReplicas, {"-", "4", "8", "1", ""});
  return annotations;
}

/// Facts of which each is good more often than not, so that writes happen.
Facts any_facts() {
  Facts facts = test::good_facts();
  const auto rarely = [] { return *rc::gen::inRange(0, 12) == 0; };
  if (rarely()) facts.leads_until = maybe_around_now();
  if (rarely()) facts.api = {!rarely(), maybe_around_now()};
  if (rarely()) facts.nodes.fresh = static_cast<std::size_t>(*rc::gen::inRange(0, 11));
  facts.target.known = !rarely();
  facts.target.deleting = rarely();
  facts.target.replicas = *rc::gen::inRange(2, 5);
  if (*rc::gen::inRange(0, 3) == 0) facts.target.annotations = any_annotations();
  if (rarely()) facts.target.namespace_annotations = any_annotations();
  if (rarely()) facts.target.autoscalers = {"HorizontalPodAutoscaler/web"};
  if (rarely()) facts.pace.written = around_now();
  if (rarely()) facts.pace.wait_until = around_now();
  facts.pace.underway = rarely();
  facts.pace.crowded = rarely();
  facts.pace.budget = !rarely();
  return facts;
}

bool is_paused(const actuate::Annotations& annotations) {
  const auto found = annotations.find(actuate::kPaused);
  return found != annotations.end() && found->second != "false";
}

}  // namespace

TEST_CASE("gate: a write is never allowed while anything is against it", "[actuate]") {
  REQUIRE(rc::check("every write is by a leader on fresh data within all limits", [](bool paused) {
    const Facts facts = any_facts();
    actuate::Intent intent = test::grow();
    if (*rc::gen::inRange(0, 8) != 0) intent.from = facts.target.replicas;
    intent.to = *rc::gen::inRange(0, 12);
    RC_PRE(intent.from != intent.to);
    actuate::Rules rules;
    rules.paused = paused && *rc::gen::inRange(0, 4) == 0;
    rules.mode = *rc::gen::element(actuate::Mode::act, actuate::Mode::recommend);
    const auto verdict = judge(intent, facts, rules, kNow);
    RC_CLASSIFY(verdict.effect == actuate::Effect::write, "write");
    RC_ASSERT(!verdict.reason.empty());
    if (verdict.effect != actuate::Effect::write) return;
    RC_ASSERT(facts.leads_until && *facts.leads_until > kNow);
    RC_ASSERT(facts.api.synced && kNow - *facts.api.heard <= std::chrono::seconds(60));
    RC_ASSERT(facts.nodes.fresh * 10 >= facts.nodes.known * 6);
    RC_ASSERT(facts.target.known && !facts.target.deleting);
    RC_ASSERT(!rules.paused && !is_paused(facts.target.annotations) &&
              !is_paused(facts.target.namespace_annotations));
    const auto bounds = bounds_of(facts.target);
    RC_ASSERT(bounds && bounds->min_replicas <= intent.to && intent.to <= bounds->max_replicas);
    RC_ASSERT(facts.target.autoscalers.empty());
    RC_ASSERT(facts.target.replicas == intent.from);
    RC_ASSERT(!facts.pace.underway && !facts.pace.crowded && facts.pace.budget);
  }));
}

}  // namespace kernwise
