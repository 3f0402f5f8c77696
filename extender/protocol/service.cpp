// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/service.hpp"

#include <utility>

#include "extender/protocol/encode.hpp"

namespace kernwise::protocol {
namespace {

constexpr std::string_view kNoOpinion = "[]";

/// The most specific word: the pod's own before that of its workload or namespace.
std::string_view annotation_of(const placement::PodFacts& pod, const Cluster& cluster,
                               std::string_view key) {
  const std::string_view own = pod.annotation(key);
  if (!own.empty() || !cluster.inherited) return own;
  return cluster.inherited(pod, key);
}

Mode mode_for(const placement::PodFacts& pod, const Cluster& cluster) {
  const std::string_view wanted = annotation_of(pod, cluster, "kernwise.io/placement-mode");
  if (wanted == "Act") return Mode::act;
  // Recommend writes nothing anywhere, and a score is what placement writes.
  if (wanted == "Observe" || wanted == "Recommend") return Mode::observe;
  return cluster.mode;
}

FilterResult result_of(const ExtenderArgs& args, const placement::NodeIndex& index,
                       const placement::Filtering* filtering) {
  FilterResult result;
  std::vector<std::string_view> kept;
  kept.reserve(args.rows.size());
  auto unknown = args.unknown.begin();
  for (std::size_t i = 0; i < args.rows.size(); ++i) {
    const std::uint32_t row = args.rows[i];
    const std::string_view name = row == placement::kNoRow ? *unknown++ : index.name(row);
    if (filtering != nullptr && filtering->rejected[i]) {
      // Not FailedNodes: no victim that preemption could pick relieves a contended disk.
      result.failed_and_unresolvable_nodes.emplace_back(
          name, placement::rejection_text(*filtering->rejected[i]));
      continue;
    }
    kept.push_back(args.form == Candidates::nodes ? args.raw_nodes[i] : name);
  }
  // Both lists null would mean the same to kube-scheduler, but reads like an answer forgotten.
  (args.form == Candidates::nodes ? result.nodes : result.node_names) = std::move(kept);
  return result;
}

/// What the pod is expected to need, and how it is to be placed.
void learn(const Cluster& cluster, Outcome& outcome) {
  outcome.profile = cluster.profiles.profile_of(outcome.pod);
  outcome.overrides = apply_overrides(
      [&](std::string_view key) { return annotation_of(outcome.pod, cluster, key); },
      outcome.profile, outcome.score);
}

placement::Question question(const Cluster& cluster, const Outcome& outcome,
                             placement::RatingMemory* memory = nullptr) {
  return {.pod = outcome.profile,
          .params = outcome.score,
          .elapsed_seconds = cluster.elapsed_seconds,
          .priority = outcome.pod.priority,
          .expected = cluster.speculation ? &cluster.speculation->expected() : nullptr,
          .warming_up = cluster.warming_up,
          .memory = memory};
}

}  // namespace

std::string_view name_of(Effect effect) {
  switch (effect) {
    case Effect::answered:
      return "answered";
    case Effect::abstained:
      return "abstained";
    case Effect::overloaded:
      return "overloaded";
    case Effect::observed:
      return "observed";
    case Effect::ignored:
      return "ignored";
    case Effect::exempt:
      return "exempt";
    case Effect::refused:
      return "refused";
  }
  return "";
}

/// False when the request is refused. Afterwards `outcome` knows the pod and the candidates.
bool Service::begin(std::string_view body, const Cluster& cluster, Outcome& outcome) {
  outcome = {};
  outcome.snapshot = cluster.snapshot;
  known_.begin(cluster.nodes->index());
  if (const auto decoded = decoder_.decode(body, known_, args_); !decoded) {
    outcome.status = 400;
    outcome.problem = decoded.error().message();
    outcome.effect = Effect::refused;
    return false;
  }
  outcome.asked = args_.rows.size();
  distinct_.keep_first(args_, cluster.nodes->rows().size());
  outcome.nodes = cluster.nodes;
  outcome.score = cluster.score;
  outcome.elapsed_seconds = cluster.elapsed_seconds;
  outcome.candidates.assign(args_.rows.begin(), args_.rows.end());
  outcome.unknown.assign(args_.unknown.begin(), args_.unknown.end());
  outcome.pod = std::move(args_.pod);
  const bool ignored = annotation_of(outcome.pod, cluster, "kernwise.io/ignore") == "true";
  if (ignored) outcome.effect = Effect::ignored;
  return true;
}

/// True when the ranking in `outcome` is to be given as the answer.
bool Service::rank(std::string_view body, const Cluster& cluster, Outcome& outcome) {
  if (cluster.overloaded) {
    outcome = {};
    outcome.effect = Effect::overloaded;
    outcome.snapshot = cluster.snapshot;
    return false;
  }
  if (!begin(body, cluster, outcome)) return false;
  if (outcome.effect == Effect::answered && placement::is_of_system(outcome.pod)) {
    outcome.effect = Effect::exempt;
  }
  if (outcome.effect != Effect::answered) {
    outcome.nodes = nullptr;  // nothing was computed that could be held against what comes
    return false;
  }
  learn(cluster, outcome);
  if (cluster.speculation != nullptr) {
    cluster.speculation->withdraw(outcome.pod.uid);
    outcome.expected = cluster.speculation->expected().on(args_.rows);
  }
  ratings_.follow(cluster.nodes);
  outcome.ranking =
      placement::rank(*cluster.nodes, args_.rows, question(cluster, outcome, &ratings_));
  if (outcome.ranking.abstention != placement::Abstention::none) {
    outcome.effect = Effect::abstained;
  } else if (mode_for(outcome.pod, cluster) == Mode::observe) {
    outcome.effect = Effect::observed;
  }
  if (outcome.effect != Effect::answered) return false;
  if (cluster.speculation != nullptr) {
    cluster.speculation->place(outcome.pod.uid, args_.rows, outcome.ranking, outcome.profile.demand,
                               confidence_in_demand(outcome.profile, outcome.overrides));
  }
  return true;
}

std::string Service::prioritize(std::string_view body, const Cluster& cluster, Outcome& outcome,
                                std::string memory) {
  if (rank(body, cluster, outcome)) {
    return encode_priorities(outcome.ranking, hosts(), std::move(memory));
  }
  return std::string(outcome.status == 200 ? kNoOpinion : "");
}

std::string Service::prioritize_relative(std::string_view body, const Cluster& cluster,
                                         Outcome& outcome, std::string memory) {
  if (rank(body, cluster, outcome)) {
    return encode_relative(outcome.ranking, hosts(), std::move(memory));
  }
  return std::string(outcome.status == 200 ? kNoOpinion : "");
}

Quoted Service::filter(std::string_view body, const Cluster& cluster, Outcome& outcome,
                       std::string memory) {
  if (!begin(body, cluster, outcome)) return {};
  if (cluster.overloaded) outcome.effect = Effect::overloaded;
  if (cluster.overloaded || outcome.effect == Effect::ignored) {
    return encode_filter(result_of(args_, cluster.nodes->index(), nullptr), std::move(memory));
  }
  learn(cluster, outcome);
  outcome.filtering = placement::filter(*cluster.nodes, args_.rows, outcome.pod,
                                        question(cluster, outcome), cluster.filter);
  if (args_.rows.empty()) outcome.effect = Effect::abstained;
  const bool acts = mode_for(outcome.pod, cluster) == Mode::act;
  if (!acts) outcome.effect = Effect::observed;
  return encode_filter(
      result_of(args_, cluster.nodes->index(), acts ? &outcome.filtering : nullptr),
      std::move(memory));
}

}  // namespace kernwise::protocol
