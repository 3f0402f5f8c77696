// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/actuate/judge.hpp"

#include <charconv>
#include <cstdio>
#include <utility>

#include "common/kube/system_namespaces.hpp"
#include "orchestrator/actuate/objections.hpp"

namespace kernwise::actuate {
namespace {

constexpr int kMostReplicas = 1'000'000;

/// The word of the object, else that of its namespace.
const std::string* said(const TargetFacts& target, std::string_view key) {
  for (const Annotations* annotations : {&target.annotations, &target.namespace_annotations}) {
    const auto found = annotations->find(key);
    if (found != annotations->end()) return &found->second;
  }
  return nullptr;
}

Objection target_objects(const Intent& intent, const TargetFacts& target) {
  if (!target.known) return hold("unknown_object");
  if (target.deleting) return hold("being_deleted");
  const std::string_view name_space =
      std::string_view(intent.workload).substr(0, intent.workload.find('/'));
  if (kube::is_system_namespace(name_space)) return hold("system_namespace");
  return std::nullopt;
}

Objection pause_objects(const TargetFacts& target, const Rules& rules) {
  if (rules.paused) return hold("paused", {"everything is paused"});
  if (is_paused(target.annotations)) return hold("paused", {"the object is paused"});
  if (is_paused(target.namespace_annotations)) return hold("paused", {"its namespace is paused"});
  return std::nullopt;
}

/// What may be done to the object, with the reason when it is less than was asked for.
struct Allowed {
  Mode mode;
  Verdict instead;  ///< unless it is act
};

Allowed allowed_for(const TargetFacts& target, const Rules& rules) {
  Mode mode = rules.mode;
  if (const std::string* const text = said(target, kScalingMode)) {
    const auto read = mode_of(*text);
    if (!read) {
      return {Mode::recommend,
              {Effect::recommend, "bad_annotation", {std::string(kScalingMode) + ": " + *text}}};
    }
    mode = *read;
  }
  if (mode == Mode::observe) return {mode, {Effect::observe, "mode_observe"}};
  if (mode == Mode::recommend) return {mode, {Effect::recommend, "mode_recommend"}};
  if (bounds_of(target)) return {mode, {}};
  return {
      Mode::recommend,
      {Effect::recommend,
       "missing_bounds",
       {std::string(kMinReplicas) + " and " + kMaxReplicas + " must be there, 1 <= min <= max"}}};
}

Objection bounds_object(const Intent& intent, const TargetFacts& target) {
  const auto bounds = bounds_of(target);
  if (bounds && intent.to >= bounds->min_replicas && intent.to <= bounds->max_replicas) {
    return std::nullopt;
  }
  return hold("out_of_bounds", {std::to_string(intent.to) + " replicas"});
}

std::string owned_by(std::string_view autoscaler) {
  if (autoscaler.starts_with("HorizontalPodAutoscaler/")) return "owned_by_hpa";
  if (autoscaler.starts_with("ScaledObject/")) return "owned_by_keda";
  if (autoscaler.starts_with("VerticalPodAutoscaler/")) return "owned_by_vpa";
  return "owned_by_other";
}

Objection others_object(const TargetFacts& target) {
  if (target.autoscalers.empty()) return std::nullopt;
  return Verdict{Effect::recommend, owned_by(target.autoscalers.front()), target.autoscalers};
}

Objection pace_objects(const Intent& intent, const Facts& facts, const Rules& rules, MonoTime now) {
  const PaceFacts& pace = facts.pace;
  if (facts.target.replicas != intent.from) {
    return hold("replicas_changed", {std::to_string(facts.target.replicas) + " instead of " +
                                     std::to_string(intent.from)});
  }
  if (pace.underway) return hold("underway");
  const bool down = intent.to < intent.from;
  const auto cooldown = down ? rules.cooldown_down : rules.cooldown_up;
  // Whoever led before may have written a moment ago. More replicas are harmless, fewer are not.
  std::optional<MonoTime> since = pace.written;
  if (down && pace.writes_from && (!since || *pace.writes_from > *since)) since = pace.writes_from;
  if (auto objection = cooldown_objects(since, cooldown, now)) return objection;
  return budget_objects(pace, now);
}

std::optional<int> number_in(const std::string* text) {
  if (text == nullptr) return std::nullopt;
  int value = 0;
  const char* const end = text->data() + text->size();
  const auto [rest, problem] = std::from_chars(text->data(), end, value);
  if (problem != std::errc() || rest != end || value < 1 || value > kMostReplicas) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

std::string_view name_of(Mode mode) {
  switch (mode) {
    case Mode::observe:
      return "Observe";
    case Mode::recommend:
      return "Recommend";
    case Mode::act:
      return "Act";
  }
  return "Observe";
}

std::optional<Mode> mode_of(std::string_view text) {
  for (const Mode mode : {Mode::observe, Mode::recommend, Mode::act}) {
    if (text == name_of(mode)) return mode;
  }
  return std::nullopt;
}

std::optional<Bounds> bounds_of(const TargetFacts& target) {
  const auto least = number_in(said(target, kMinReplicas));
  const auto most = number_in(said(target, kMaxReplicas));
  if (!least || !most || *least > *most) return std::nullopt;
  return Bounds{*least, *most};
}

Verdict judge(const Intent& intent, const Facts& facts, const Rules& rules, MonoTime now) {
  if (auto objection = leader_objects(facts, now)) return *objection;
  if (auto objection = api_objects(facts, rules, now)) return *objection;
  if (auto objection = coverage_objects(facts, rules)) return *objection;
  if (auto objection = target_objects(intent, facts.target)) return *objection;
  const Allowed allowed = allowed_for(facts.target, rules);
  if (allowed.mode == Mode::observe) return allowed.instead;
  if (auto objection = pause_objects(facts.target, rules)) return *objection;
  if (allowed.mode != Mode::act) return allowed.instead;
  if (auto objection = bounds_object(intent, facts.target)) return *objection;
  if (auto objection = others_object(facts.target)) return *objection;
  if (auto objection = pace_objects(intent, facts, rules, now)) return *objection;
  return {Effect::write, "act"};
}

}  // namespace kernwise::actuate
