// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/api/encode.hpp"

#include <utility>

#include "extender/placement/tuning.hpp"

namespace kernwise::api {
namespace {

void write_outcome(json::Writer& json, const scaling::Outcome& outcome) {
  json.begin_object().member("result", outcome.result).member("reason", outcome.reason);
  write(json.key("evidence"), outcome.evidence);
  if (outcome.latency) json.member("latency_seconds", rounded(outcome.latency->count()));
  json.end_object();
}

}  // namespace

void write(json::Writer& json, const history::DecisionRecord& record) {
  const scaling::Decision& decision = record.decision;
  json.begin_object().member("workload", decision.workload);
  json.member("action", name_of(decision.action)).member("target", decision.target);
  json.member("from", decision.from).member("to", decision.to).member("reason", decision.reason);
  write(json.key("evidence"), decision.evidence);
  json.member("snapshot", record.snapshot).member("time", rfc3339(record.time));
  if (record.outcome) write_outcome(json.key("outcome"), *record.outcome);
  json.end_object();
}

std::string encode(const history::DecisionRecord& record) {
  json::Writer json;
  write(json, record);
  return json.take();
}

void write(json::Writer& json, const placement::PodProfile& profile) {
  json.begin_object().member("source", profile.source);
  json.member("confidence", rounded(profile.confidence));
  write(json.key("demand"), profile.demand);
  write(json.key("mix"), profile.mix);
  write(json.key("sensitivity"), profile.sensitivity);
  json.end_object();
}

namespace {

void write(json::Writer& json, const placement::NodeInputs& inputs) {
  json.begin_object();
  for (const auto& [name, values] :
       {std::pair("load", &inputs.load), std::pair("deviation", &inputs.deviation),
        std::pair("pending", &inputs.pending), std::pair("expected", &inputs.expected),
        std::pair("contention", &inputs.contention), std::pair("sensitivity", &inputs.sensitivity),
        std::pair("capacity", &inputs.capacity)}) {
    api::write(json.key(name), *values);
  }
  json.end_object();
}

}  // namespace

void write(json::Writer& json, const std::vector<protocol::Override>& overrides) {
  json.begin_array();
  for (const protocol::Override& word : overrides) {
    json.begin_object().member("annotation", word.key).member("value", word.value);
    if (!word.problem.empty()) json.member("problem", word.problem);
    json.end_object();
  }
  json.end_array();
}

void write(json::Writer& json, const placement::ScoreParams& params) {
  json.begin_object().member("shape", name_of(params.shape));
  for (const placement::Tunable& tunable : placement::tunables()) {
    json.member(tunable.name, placement::value_in(params, tunable));
  }
  json.end_object();
}

void write(json::Writer& json, const placement::NodeExplanation& node) {
  json.begin_object().member("node", node.node).member("score", node.score);
  json.member("quality", rounded(node.quality)).member("reason", name_of(node.reason));
  json.member("fresh", rounded(node.fresh));
  if (node.age_seconds) json.member("age_seconds", rounded(*node.age_seconds));
  if (node.bottleneck) json.member("bottleneck", name_of(*node.bottleneck));
  json.key("cost").begin_array();
  for (const placement::CostPart& part : node.parts) {
    if (part.name.empty()) continue;
    json.begin_object().member("name", part.name).member("value", rounded(part.value));
    json.member("weight", rounded(part.weight)).end_object();
  }
  json.end_array();
  write(json.key("predicted"), node.predicted);
  if (node.inputs) write(json.key("inputs"), *node.inputs);
  write(json.key("evidence"), node.evidence);
  json.end_object();
}

void write(json::Writer& json, const history::PlacementRecord& record) {
  json.begin_object().member("time", rfc3339(record.time)).member("verb", record.verb);
  const protocol::Outcome& outcome = record.outcome;
  json.member("pod", outcome.pod.pod_namespace + "/" + outcome.pod.name);
  json.member("uid", outcome.pod.uid).member("effect", name_of(outcome.effect));
  json.member("reason", history::reason_of(record)).member("snapshot", outcome.snapshot);
  json.member("asked", std::uint64_t{outcome.asked});
  json.member("candidates", std::uint64_t{record.candidates});
  json.member("unknown", std::uint64_t{record.unknown});
  json.member("rejected", std::uint64_t{record.rejected});
  json.member("replayable", record.can_be_replayed());
  write(json.key("profile"), outcome.profile);
  write(json.key("overrides"), outcome.overrides);
  json.key("best").begin_array();
  for (const placement::NodeExplanation& node : history::best_nodes(record)) write(json, node);
  json.end_array();
  if (record.after) {
    json.key("after").begin_object().member("node", record.after->node);
    json.member("seconds", rounded(record.after->seconds));
    write(json.key("expected"), record.after->expected);
    write(json.key("actual"), record.after->actual);
    json.end_object();
  }
  json.end_object();
}

}  // namespace kernwise::api
