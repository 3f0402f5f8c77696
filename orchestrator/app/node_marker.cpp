// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/app/node_marker.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/log.hpp"
#include "orchestrator/api/metrics.hpp"

namespace kernwise::orchestrator {
namespace {

/// Older reports say nothing, as in the scores (placement.md 6.1).
constexpr double kOldestData = 180;

kube::Event event_of(const actuate::NodeIntent& intent, const actuate::Outcome& outcome) {
  const bool recommended = outcome.result == "recommended", applied = outcome.result == "applied";
  const bool sets = intent.action == actuate::NodeAction::taint;
  kube::Event event{
      .regarding = {"v1", "Node", {}, intent.node, {}},
      .action = sets ? "SoftTaint" : "RemoveSoftTaint",
      .reason = sets ? "NodeContended" : "NodeNotContended",
      .note = std::string(actuate::kContended) + " " + outcome.result + ", " + intent.reason};
  if (sets) event.note += ": " + intent.resource + " contended for several reports in a row";
  if (recommended) event.action.insert(0, "Recommend");
  event.warning = !recommended && !applied;
  if (event.warning && !outcome.evidence.empty()) event.note += ": " + outcome.evidence.front();
  return event;
}

bool is_told(const actuate::NodeIntent& intent, const actuate::Outcome& outcome) {
  const bool quiet = outcome.result == "observed" || outcome.result == "held" ||
                     outcome.result == scaling::kPending;
  return intent.action != actuate::NodeAction::touch && !quiet;
}

}  // namespace

actuate::NodeLook NodeMarker::look(const kube::Node& node, const view::Snapshot& snapshot,
                                   const actuate::Rules& rules, MonoTime now) const {
  actuate::NodeLook look{
      .name = node.meta.name,
      .tainted = actuate::is_tainted(node),
      .acts = actuate::taint_mode(node.meta.annotations, rules) == actuate::Mode::act};
  const auto state = snapshot.nodes.find(node.meta.name);
  look.has_data = state != snapshot.nodes.end() && state->second->age_seconds(now) <= kOldestData;
  if (look.has_data) {
    look.contended = actuate::contended_for_long(state->second->row, options_.filter);
  }
  return look;
}

void NodeMarker::tick(const view::Snapshot& snapshot, const actuate::Rules& rules, MonoTime now) {
  std::vector<actuate::NodeLook> nodes;
  double tainted = 0;
  for (const auto& [key, node] : ports_.stores.nodes.objects()) {
    nodes.push_back(look(*node, snapshot, rules, now));
    if (nodes.back().tainted) ++tainted;
  }
  ports_.registry.set(api::metric::kTaintedNodes, {}, tainted);
  std::set<std::string, std::less<>> asked;
  for (const auto& intent : actuate::mark(nodes, options_.rules, memory_)) {
    asked.insert(intent.node);
    note(intent, ports_.propose(intent));
  }
  // What is wanted no more may be told again when it comes back; what is underway still ends.
  std::erase_if(noted_, [&](const auto& entry) {
    return !asked.contains(entry.first) && entry.second.second.result != scaling::kPending;
  });
}

void NodeMarker::settled(const actuate::NodeIntent& intent, const actuate::Outcome& outcome) {
  // Taking a taint away is a change of the node as well: the scheduler's queue has been woken.
  if (outcome.result == "applied") memory_.cooled.erase(intent.node);
  note(intent, outcome);
}

void NodeMarker::note(const actuate::NodeIntent& intent, const actuate::Outcome& outcome) {
  auto& last = noted_[intent.node];
  if (last.first == intent.action && says_the_same(last.second, outcome)) return;
  last = {intent.action, outcome};
  if (outcome.result == scaling::kPending) return;
  ports_.registry.add(api::metric::kOutcomes, {{"class", "node"},
                                               {"action", std::string(name_of(intent.action))},
                                               {"outcome", outcome.result},
                                               {"reason", outcome.reason}});
  log::info("Mark of a node was decided", {{"node", intent.node},
                                           {"action", std::string(name_of(intent.action))},
                                           {"reason", intent.reason},
                                           {"outcome", outcome.result + ":" + outcome.reason}});
  if (is_told(intent, outcome)) ports_.tell(event_of(intent, outcome));
}

}  // namespace kernwise::orchestrator
