// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <utility>

#include "orchestrator/api/encode.hpp"
#include "orchestrator/api/parameters.hpp"
#include "orchestrator/api/rating.hpp"
#include "orchestrator/api/routes.hpp"
#include "orchestrator/view/names.hpp"
#include "orchestrator/view/profiles.hpp"

namespace kernwise::api {
namespace {

constexpr std::size_t kDefaultNodes = 50, kMostNodes = 10'000;  ///< in one explanation

/// One question about one thing.
struct Question {
  const Sources& sources;
  const view::Snapshot& snapshot;
  Now now;
  std::string name;       ///< what follows the route's prefix
  std::size_t nodes = 0;  ///< at most so many in the rating
};

json::Writer begin(std::string_view kind, const Question& question) {
  json::Writer json;
  json.begin_object().member("apiVersion", kApiVersion).member("kind", kind);
  json.member("snapshot", question.snapshot.number).member("time", rfc3339(question.now.wall));
  return json;
}

http::Response finish(json::Writer json) {
  json.end_object();
  return {.body = json.take()};
}

/// How the nodes would be rated for a pod now.
void write_rating(json::Writer& json, const Question& question,
                  const placement::PodProfile& profile, const placement::ScoreParams& score,
                  std::int32_t priority) {
  write(json.key("params"), score);
  api::write_rating(json, question.snapshot,
                    {.pod = profile,
                     .params = score,
                     .elapsed_seconds = Seconds(question.now.mono - question.snapshot.made).count(),
                     .priority = priority},
                    question.nodes);
}

void write_decision(json::Writer& json, const Question& question, std::string_view workload) {
  if (const auto* record = question.sources.decisions.latest(workload)) {
    write(json.key("decision"), *record);
  } else {
    json.key("decision").null();
  }
}

std::vector<const history::PlacementRecord*> placements_of(const Question& question,
                                                           std::string_view pod_namespace,
                                                           std::string_view pod) {
  std::vector<const history::PlacementRecord*> found;
  for (const auto& record : question.sources.placements.items()) {
    const auto& asked = record.outcome.pod;
    if (asked.name == pod && asked.pod_namespace == pod_namespace) found.push_back(&record);
  }
  return found;
}

view::PodRef find_pod(const view::Snapshot& snapshot, std::string_view pod_namespace,
                      std::string_view pod) {
  for (const auto& [name, node] : snapshot.nodes) {
    for (const view::Pod& candidate : node->pods) {
      const bool found = candidate.name == pod && candidate.pod_namespace == pod_namespace;
      if (found) return {node.get(), &candidate};
    }
  }
  return {};
}

/// A pod as its names let it be found.
placement::PodFacts facts_of(const view::Pod& pod) {
  placement::PodFacts facts;
  facts.uid = pod.uid;
  facts.pod_namespace = pod.pod_namespace;
  facts.name = pod.name;
  facts.requests.cores = pod.request;
  facts.limits.cores = pod.limit;
  const std::size_t prefix = pod.pod_namespace.size() + 1;
  const std::size_t slash = pod.workload.find('/', prefix);
  if (slash != std::string::npos) {
    facts.owners.push_back({.kind = pod.workload.substr(prefix, slash - prefix),
                            .name = pod.workload.substr(slash + 1),
                            .uid = {},
                            .controller = true});
  }
  facts.priority = static_cast<std::int32_t>(
      std::min<std::int64_t>(pod.priority.value_or(0), std::numeric_limits<std::int32_t>::max()));
  return facts;
}

/// The profile the pod's placement would use. Its own annotations are in its placement's record
/// only; those of its workload and namespace are known here.
void write_own_rating(json::Writer& json, const Question& question, const view::Pod& pod) {
  const placement::PodFacts facts = facts_of(pod);
  placement::PodProfile profile = question.snapshot.profiles->profile_of(facts);
  placement::ScoreParams score = question.sources.score;
  const auto overrides = protocol::apply_overrides(
      [&](std::string_view key) { return view::word_of(facts, *question.snapshot.names, key); },
      profile, score);
  write(json.key("profile"), profile);
  write(json.key("overrides"), overrides);
  write_rating(json, question, profile, score, facts.priority);
}

http::Response explain_pod(const Question& question) {
  const std::size_t slash = question.name.rfind('/');
  if (slash == std::string::npos || slash + 1 == question.name.size()) {
    return http::error_response(400, "pod: expected /v1/explain/pod/NAMESPACE/POD", "pod");
  }
  const std::string pod_namespace = question.name.substr(0, slash);
  const std::string pod = question.name.substr(slash + 1);
  const view::PodRef ref = find_pod(question.snapshot, pod_namespace, pod);
  const auto placements = placements_of(question, pod_namespace, pod);
  if (ref.pod == nullptr && placements.empty()) return not_found("pod", question.name);
  json::Writer json = begin("PodExplanation", question);
  if (ref.pod != nullptr) {
    const PeerNames names(question.snapshot, question.now.mono);
    write(json.key("pod"), ref, names, question.now.mono);
    write_decision(json, question, ref.pod->workload);
    write_own_rating(json, question, *ref.pod);
  }
  json.key("placements").begin_array();
  for (const auto* record : placements) write(json, *record);
  json.end_array();
  return finish(std::move(json));
}

http::Response explain_node(const Question& question) {
  const auto found = question.snapshot.nodes.find(question.name);
  if (found == question.snapshot.nodes.end()) return not_found("node", question.name);
  const view::NodeState& node = *found->second;
  json::Writer json = begin("NodeExplanation", question);
  write(json.key("node"), node, question.now.mono);
  json.key("hooks").begin_array();
  for (const report::HookState& hook : node.report.hooks) {
    json.begin_object().member("hook", hook.hook).member("mode", hook.mode);
    json.member("reason", hook.reason).end_object();
  }
  json.end_array().key("pods").begin_array();
  const PeerNames names(question.snapshot, question.now.mono);
  for (const view::Pod& pod : node.pods) write(json, {&node, &pod}, names, question.now.mono);
  json.end_array();
  // For a pod nobody knows: what the node's own state is worth.
  write_rating(json, question, placement::profile_prior({}), question.sources.score, 0);
  return finish(std::move(json));
}

http::Response explain_workload(const Question& question) {
  const view::Workloads workloads = view::workloads_of(question.snapshot, question.now.mono);
  const auto found = workloads.find(question.name);
  if (found == workloads.end()) return not_found("workload", question.name);
  json::Writer json = begin("WorkloadExplanation", question);
  write(json.key("workload"), found->second);
  write_decision(json, question, found->first);
  const placement::PodFacts facts = facts_of(*found->second.pods.front().pod);
  write(json.key("profile"), question.snapshot.profiles->profile_of(facts));
  const PeerNames names(question.snapshot, question.now.mono);
  json.key("edges").begin_array();
  for (const dependencies::Edge& edge : names.edges()) {
    if (edge.from == found->first || edge.to == found->first) write(json, edge);
  }
  json.end_array().key("changes").begin_array();
  for (const history::DecisionRecord& record : question.sources.decisions.changes().items()) {
    if (record.decision.workload == found->first) write(json, record);
  }
  json.end_array();
  return finish(std::move(json));
}

using Answer = http::Response (*)(const Question&);

http::Route route(const std::string& prefix, const Sources& sources, const Clock& clock,
                  Answer answer) {
  auto handler = [sources, clock, answer, start = prefix.size()](const http::Request& request) {
    const auto limit = limit_of(request, kDefaultNodes, kMostNodes);
    if (!limit) return bad_request(limit.error());
    const auto snapshot = sources.view.load();
    std::string name = request.path.size() > start ? request.path.substr(start) : std::string();
    return answer({sources, *snapshot, clock(), std::move(name), *limit});
  };
  return {.method = "GET", .path = prefix + "*", .handler = http::immediate(std::move(handler))};
}

}  // namespace

std::vector<http::Route> explain_routes(const Sources& sources, const Clock& clock) {
  return {route("/v1/explain/pod/", sources, clock, explain_pod),
          route("/v1/explain/node/", sources, clock, explain_node),
          route("/v1/explain/workload/", sources, clock, explain_workload)};
}

}  // namespace kernwise::api
