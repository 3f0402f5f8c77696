// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/actuate/gate.hpp"

#include <algorithm>
#include <utility>

#include "common/base/utf8.hpp"
#include "common/kube/verbs.hpp"
#include "orchestrator/actuate/target.hpp"

namespace kernwise::actuate {
namespace {

/// A write that was not accepted by then is not tried any more; the next look decides anew.
constexpr std::chrono::seconds kPatience{5};
constexpr std::size_t kMostShown = 300;

std::string_view result_of(Effect effect) {
  switch (effect) {
    case Effect::observe:
      return "observed";
    case Effect::recommend:
      return "recommended";
    case Effect::hold:
      return "held";
    case Effect::write:
      return "pending";
  }
  return "held";
}

Outcome outcome_of(const Verdict& verdict) {
  return {.result = std::string(result_of(verdict.effect)),
          .reason = verdict.reason,
          .evidence = verdict.evidence};
}

bool is_status(const Error& error) {
  return error.code.category() == kube::api_category();
}

/// What an error of the step `reason` (`read`, `dry_run`, `write`) means. Without an answer to the
/// write itself nobody knows whether it was done.
Outcome failure(const std::string& reason, const Error& error) {
  std::string result = "failed";
  if (error.code == kube::status(409)) {
    result = "conflict";
  } else if (is_status(error) && error.code.value() < 500 && error.code.value() != 429) {
    result = "refused";
  } else if (!is_status(error) && reason == "write") {
    result = "unknown";
  }
  return {.result = std::move(result),
          .reason = reason,
          .evidence = {printable(error.message(), kMostShown)}};
}

}  // namespace

/// What an answer may still find when it comes.
struct Gate::State : std::enable_shared_from_this<State> {
  struct Attempt {
    Intent intent;
    kube::ObjectPath path;
    std::string uid;
    MonoTime began;
    std::string resource_version = {};
  };

  Ports ports;
  Rules rules;
  Pace pace;

  State(Ports given, const Rules& with, const PaceRules& pace_rules)
      : ports(std::move(given)), rules(with), pace(pace_rules) {}

  Facts facts_of(const std::string& workload, MonoTime now) {
    Facts facts = ports.facts(workload, now);
    pace.leads(facts.leads_until && now < *facts.leads_until, now);
    facts.pace = pace.facts(workload, now);
    return facts;
  }

  /// Calls `step` with this and the answer if the gate is still there.
  template <class Step>
  auto then(Attempt attempt, Step step) {
    return [weak = weak_from_this(), attempt = std::move(attempt),
            step](const Result<kube::Scale>& answer) mutable {
      if (const auto self = weak.lock()) step(*self, std::move(attempt), answer);
    };
  }

  Outcome begin(const Intent& intent, const Facts& facts, MonoTime now) {
    const auto path = scalable(intent.workload);
    if (!path) return outcome_of({Effect::hold, "unknown_object"});
    pace.began(intent.workload);
    kube::get_scale(ports.client, *path,
                    then(Attempt{intent, *path, facts.target.uid, now},
                         [](State& self, Attempt attempt, const Result<kube::Scale>& scale) {
                           self.compare(std::move(attempt), scale);
                         }));
    return {.result = "pending", .reason = "act"};
  }

  void compare(Attempt attempt, const Result<kube::Scale>& scale) {
    if (!scale) return fail(attempt, "read", scale.error());
    if (scale->uid != attempt.uid) return settle(attempt, {"held", "another_object"});
    if (scale->replicas != attempt.intent.from)
      return settle(attempt, {"held", "replicas_changed"});
    attempt.resource_version = scale->resource_version;
    send(std::move(attempt), true, [](State& self, Attempt tried, const Result<kube::Scale>& good) {
      if (!good) return self.fail(tried, "dry_run", good.error());
      self.write(std::move(tried));
    });
  }

  /// The server would take it. Time has passed: the same questions once more, but for the pace,
  /// which this write is already part of.
  void write(Attempt attempt) {
    const MonoTime now = ports.clock();
    Facts facts = facts_of(attempt.intent.workload, now);
    facts.pace = {.wait_until = facts.pace.wait_until};
    const Verdict verdict = judge(attempt.intent, facts, rules, now);
    if (verdict.effect != Effect::write) return settle(attempt, outcome_of(verdict));
    send(std::move(attempt), false,
         [](State& self, const Attempt& sent, const Result<kube::Scale>& done) {
           if (!done) return self.fail(sent, "write", done.error());
           self.pace.wrote(sent.intent.workload, self.ports.clock());
           self.settle(sent, {"applied", "act"});
         });
  }

  template <class Step>
  void send(Attempt attempt, bool dry_run, Step step) {
    const MonoTime now = ports.clock();
    const MonoTime ends = ports.facts(attempt.intent.workload, now).leads_until.value_or(now);
    const kube::WriteOptions options{.resource_version = attempt.resource_version,
                                     .dry_run = dry_run,
                                     .give_up_at = std::min(now + kPatience, ends)};
    const auto path = attempt.path;
    const int replicas = attempt.intent.to;
    kube::patch_scale(ports.client, path, replicas, options, then(std::move(attempt), step));
  }

  void fail(const Attempt& attempt, const std::string& reason, const Error& error) {
    const MonoTime now = ports.clock();
    if (error.code == kube::status(429)) pace.wait(std::nullopt, now);
    Outcome outcome = failure(reason, error);
    if (outcome.result == "unknown") pace.wrote(attempt.intent.workload, now);
    settle(attempt, std::move(outcome));
  }

  void settle(const Attempt& attempt, Outcome outcome) {
    pace.ended(attempt.intent.workload);
    outcome.latency = Seconds(ports.clock() - attempt.began);
    ports.settled(attempt.intent, outcome);
  }
};

Gate::Gate(Ports ports, Rules rules, PaceRules pace)
    : state_(std::make_shared<State>(std::move(ports), rules, pace)) {}

Gate::~Gate() = default;

Outcome Gate::propose(const Intent& intent) {
  const MonoTime now = state_->ports.clock();
  const Facts facts = state_->facts_of(intent.workload, now);
  const Verdict verdict = judge(intent, facts, state_->rules, now);
  if (verdict.effect == Effect::write) return state_->begin(intent, facts, now);
  if (verdict.reason == "underway") return {.result = "pending", .reason = "act"};
  return outcome_of(verdict);
}

void Gate::change(const Rules& rules) {
  state_->rules = rules;
}

std::size_t Gate::underway() const {
  return state_->pace.underway();
}

}  // namespace kernwise::actuate
