// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/actuate/gate.hpp"

#include <utility>
#include <vector>

#include "common/kube/verbs.hpp"
#include "orchestrator/actuate/errand.hpp"
#include "orchestrator/actuate/target.hpp"

namespace kernwise::actuate {
namespace {

/// The answer without what is in it.
template <class T>
kube::Then<T> only_whether(kube::Then<> then) {
  return [then = std::move(then)](const Result<T>& answer) {
    then(answer ? Result<>() : Result<>(answer.error()));
  };
}

}  // namespace

/// What an answer may still find when it comes: `this` outlives every errand that reports to it.
struct Gate::State : std::enable_shared_from_this<State> {
  Ports ports;
  Rules rules;
  Pace workloads, nodes;

  State(Ports given, const Rules& with, const Paces& paces)
      : ports(std::move(given)), rules(with), workloads(paces.workloads), nodes(paces.nodes) {}

  /// Everything but the target of a node.
  Facts facts_of(const std::string& object, Pace& pace, MonoTime now) {
    Facts facts = ports.facts(&pace == &workloads ? object : std::string(), now);
    pace.leads(facts.leads_until && now < *facts.leads_until, now);
    facts.pace = pace.facts(object, now);
    return facts;
  }

  Verdict judged(const Intent& intent, const Facts& facts, MonoTime now) const {
    return judge(intent, facts, rules, now);
  }
  Verdict judged(const NodeIntent& intent, const Facts& facts, MonoTime now) const {
    return judge(intent, ports.node(intent.node), facts, rules, now);
  }

  /// What all errands have in common.
  template <class AnyIntent>
  std::shared_ptr<Errand> errand(const AnyIntent& intent, const std::string& object, Pace& pace) {
    auto errand = std::make_shared<Errand>(Errand{object, pace, ports.clock(), ports.clock});
    errand->ends = [this](MonoTime now) { return ports.facts({}, now).leads_until.value_or(now); };
    errand->judge_again = [this, intent, object, &pace](MonoTime now) {
      Facts facts = facts_of(object, pace, now);
      facts.pace = {.wait_until = facts.pace.wait_until};  // this write is part of the rest
      return judged(intent, facts, now);
    };
    return errand;
  }

  /// Judges, and calls `begin` when nothing stands against it; that tells whether there is a place
  /// to write to.
  template <class AnyIntent, class Begin>
  Outcome propose(const AnyIntent& intent, const std::string& object, Pace& pace, Begin begin) {
    const MonoTime now = ports.clock();
    const Facts facts = facts_of(object, pace, now);
    const Verdict verdict = judged(intent, facts, now);
    const bool underway = verdict.reason == "underway";
    if (verdict.effect != Effect::write && !underway) return outcome_of(verdict);
    if (!underway && !begin(facts)) return outcome_of({Effect::hold, "unknown_object"});
    return {.result = scaling::kPending, .reason = "act"};
  }

  void begin(const Intent& intent, const kube::ObjectPath& path, const std::string& uid) {
    const auto scale = errand(intent, intent.workload, workloads);
    scale->read = [this, path, uid, from = intent.from](kube::Then<Ground> then) {
      kube::get_scale(ports.client, path, [uid, from, then](const Result<kube::Scale>& now) {
        if (!now) return then(now.error());
        if (now->uid != uid) return then(Ground{.against = "another_object"});
        if (now->replicas != from) return then(Ground{.against = "replicas_changed"});
        then(Ground{now->resource_version});
      });
    };
    scale->write = [this, path, to = intent.to](const auto& options, kube::Then<> then) {
      kube::patch_scale(ports.client, path, to, options, only_whether<kube::Scale>(then));
    };
    scale->settled = [this, intent](const Outcome& outcome) { ports.settled(intent, outcome); };
    run(shared_from_this(), scale);
  }

  void begin(const NodeIntent& intent) {
    const auto mark = errand(intent, intent.node, nodes);
    const auto taints = std::make_shared<std::vector<kube::Taint>>();
    mark->read = [this, intent, taints](kube::Then<Ground> then) {
      kube::get_node(ports.client, intent.node, [intent, taints, then](const auto& node) {
        if (!node) return then(node.error());
        if (intent.action == NodeAction::touch) return then(Ground{node->meta.resource_version});
        // The list is written as a whole: one that was cut would take away others' taints.
        if (node->taints.size() >= kube::kMaxTaints) return then(Ground{.against = "many_taints"});
        auto after = changed(node->taints, intent);
        if (!after) return then(Ground{.against = "done_already"});
        *taints = *std::move(after);
        then(Ground{node->meta.resource_version});
      });
    };
    mark->write = [this, intent, taints](const auto& options, kube::Then<> then) {
      if (intent.action != NodeAction::touch) {
        return kube::patch_taints(ports.client, intent.node, *taints, options, std::move(then));
      }
      kube::annotate(ports.client, kube::node_path(intent.node), {{kCooled, ports.stamp()}},
                     options, std::move(then));
    };
    mark->settled = [this, intent](const Outcome& out) { ports.node_settled(intent, out); };
    run(shared_from_this(), mark);
  }
};

Gate::Gate(Ports ports, Rules rules, const Paces& paces)
    : state_(std::make_shared<State>(std::move(ports), rules, paces)) {}

Gate::~Gate() = default;

Outcome Gate::propose(const Intent& intent) {
  return state_->propose(intent, intent.workload, state_->workloads, [&](const Facts& facts) {
    const auto path = scalable(intent.workload);
    if (path) state_->begin(intent, *path, facts.target.uid);
    return path.has_value();
  });
}

Outcome Gate::propose(const NodeIntent& intent) {
  return state_->propose(intent, intent.node, state_->nodes, [&](const Facts&) {
    state_->begin(intent);
    return true;
  });
}

void Gate::change(const Rules& rules) {
  state_->rules = rules;
}

std::size_t Gate::underway() const {
  return state_->workloads.underway() + state_->nodes.underway();
}

}  // namespace kernwise::actuate
