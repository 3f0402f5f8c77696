// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/actuate/judge_node.hpp"

#include "orchestrator/actuate/objections.hpp"

namespace kernwise::actuate {
namespace {

Objection mode_objects(const NodeIntent& intent, const NodeTarget& target, const Rules& rules) {
  if (intent.action != NodeAction::taint) return std::nullopt;
  switch (taint_mode(target.annotations, rules)) {
    case Mode::observe:
      return Verdict{Effect::observe, "mode_observe"};
    case Mode::recommend:
      return Verdict{Effect::recommend, "mode_recommend"};
    case Mode::act:
      return std::nullopt;
  }
  return std::nullopt;
}

Objection target_objects(const NodeTarget& target) {
  if (!target.known) return hold("unknown_object");
  return target.deleting ? Objection(hold("being_deleted")) : std::nullopt;
}

Objection pause_objects(const NodeTarget& target, const Rules& rules) {
  if (rules.paused) return hold("paused", {"everything is paused"});
  return is_paused(target.annotations) ? Objection(hold("paused", {"the node is paused"}))
                                       : std::nullopt;
}

}  // namespace

Mode taint_mode(const Annotations& annotations, const Rules& rules) {
  const auto found = annotations.find(kPlacementMode);
  if (found == annotations.end()) return rules.soft_taints;
  return mode_of(found->second).value_or(Mode::recommend);
}

Verdict judge(const NodeIntent& intent, const NodeTarget& target, const Facts& facts,
              const Rules& rules, MonoTime now) {
  if (auto objection = leader_objects(facts, now)) return *objection;
  if (auto objection = api_objects(facts, rules, now)) return *objection;
  // Who knows nothing of most nodes marks none; that old marks go is always right.
  const bool cleans = intent.action == NodeAction::untaint;
  if (!cleans) {
    if (auto objection = coverage_objects(facts, rules)) return *objection;
  }
  if (auto objection = target_objects(target)) return *objection;
  if (auto objection = mode_objects(intent, target, rules)) return *objection;
  if (auto objection = pause_objects(target, rules)) return *objection;
  if (facts.pace.underway) return hold("underway");
  if (auto objection = cooldown_objects(facts.pace.written, rules.cooldown_node, now)) {
    return *objection;
  }
  if (auto objection = budget_objects(facts.pace, now)) return *objection;
  return {Effect::write, "act"};
}

}  // namespace kernwise::actuate
