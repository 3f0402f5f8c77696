// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/view/reducer.hpp"

#include <algorithm>
#include <utility>

#include "extender/protocol/overrides.hpp"
#include "orchestrator/view/names.hpp"
#include "orchestrator/view/pods.hpp"

namespace kernwise::view {
namespace {

placement::NodeTable table_of(const Nodes& nodes, const pending::Bound& bound, MonoTime now) {
  const auto pending = bound.by_node();
  std::vector<placement::NodeRow> rows;
  rows.reserve(nodes.size());
  for (const auto& [name, node] : nodes) {
    rows.push_back(node->row);
    rows.back().age_seconds = node->age_seconds(now);
    const auto coming = pending.find(name);
    if (coming != pending.end()) rows.back().pending = coming->second;
  }
  return placement::NodeTable(std::move(rows));
}

double longest_window(const Nodes& nodes) {
  double longest = 0;
  for (const auto& [name, node] : nodes) longest = std::max(longest, node->window_seconds());
  return longest;
}

/// The profiler counts its reports from its own start.
bool begins_again(const report::Report& report, const NodeState& known, MonoTime now) {
  return report.boot_id != known.report.boot_id || report.seq <= 1 || !known.fresh(now);
}

/// Which pods on their way the report shows.
void tell(const NodeState& node, pending::Bound& bound) {
  Uids shown;
  for (const Pod& pod : node.pods) shown.insert(pod.uid);
  bound.arrived({.node = node.name,
                 .at = node.received,
                 .window = std::chrono::milliseconds(node.report.window_ms),
                 .has = [&shown](std::string_view uid) { return shown.contains(uid); }});
}

}  // namespace

std::string_view name_of(Admission admission) {
  switch (admission) {
    case Admission::accepted:
      return "accepted";
    case Admission::repeated:
      return "repeated";
    case Admission::outdated:
      return "outdated";
    case Admission::full:
      return "full";
  }
  return "accepted";
}

Reducer::Reducer(Bounds bounds, placement::FilterParams filter)
    : bounds_(bounds), filter_(filter), profiles_(std::make_shared<const placement::PriorBook>()) {}

Admission Reducer::judge(const report::Report& report, const NodeState& known, MonoTime now) const {
  const bool same = report.boot_id == known.report.boot_id && report.seq == known.report.seq;
  if (same) return Admission::repeated;
  if (report.seq > known.report.seq || begins_again(report, known, now)) return Admission::accepted;
  return Admission::outdated;
}

std::shared_ptr<NodeState> Reducer::state_of(report::Report report, const Arrival& arrival) const {
  auto state = std::make_shared<NodeState>();
  state->name = report.node;
  state->address = arrival.address;
  state->received = arrival.at;
  state->received_at = arrival.at_wall;
  join_all_names(report, *names_);
  state->report = std::move(report);
  state->pods = pods_of(state->report, *names_);
  return state;
}

Admission Reducer::accept(report::Report report, const Arrival& arrival) {
  const auto known = nodes_.find(report.node);
  bool anew = known == nodes_.end();
  if (anew) {
    if (nodes_.size() >= bounds_.nodes) return Admission::full;
  } else {
    const Admission admission = judge(report, *known->second, arrival.at);
    if (admission != Admission::accepted) return admission;
    anew =
        report.boot_id != known->second->report.boot_id || report.seq <= known->second->report.seq;
  }
  NodeMemory& memory = memories_[report.node];
  if (anew) memory = NodeMemory();
  const placement::NodeRow row = memory.observe(report, arrival.at, filter_);
  auto state = state_of(std::move(report), arrival);
  state->row = row;
  state->row.top_priority = top_priority_of(state->pods);
  tell(*state, bound_);
  nodes_.insert_or_assign(state->name, std::move(state));
  changed_ = true;
  return Admission::accepted;
}

void Reducer::join_anew(std::shared_ptr<const NodeState>& node) const {
  auto renamed = std::make_shared<NodeState>(*node);
  join_all_names(renamed->report, *names_);
  renamed->pods = pods_of(renamed->report, *names_);
  renamed->row.top_priority = top_priority_of(renamed->pods);
  node = std::move(renamed);
}

void Reducer::rename(std::shared_ptr<const NameBook> names) {
  names_ = std::move(names);
  for (auto& [name, node] : nodes_) join_anew(node);
  changed_ = true;
}

void Reducer::rename(std::shared_ptr<const NameBook> names, const std::set<std::string>& nodes) {
  names_ = std::move(names);
  for (const std::string& name : nodes) {
    const auto found = nodes_.find(name);
    if (found != nodes_.end()) join_anew(found->second);
  }
  changed_ = true;
}

void Reducer::pod_bound(const placement::PodFacts& pod, MonoTime now) {
  auto profile = profiles_ ? profiles_->profile_of(pod) : placement::PriorBook().profile_of(pod);
  placement::ScoreParams unused;
  const auto said = protocol::apply_overrides(
      [&](std::string_view key) { return word_of(pod, *names_, key); }, profile, unused);
  bound_.bind(pod.uid, pod.node_name, profile.demand, now,
              protocol::confidence_in_demand(profile, said));
  changed_ = true;
}

void Reducer::pod_leaves(const std::string& uid, const std::string& node, MonoTime now) {
  placement::PerResource use{};
  if (const NodeState* state = find(node)) {
    for (const Pod& pod : state->pods) {
      if (pod.uid != uid) continue;
      use[0] += pod.shares[Share::on_cpu];
      use[2] += static_cast<double>(pod.memory_bytes);
    }
  }
  bound_.leave(uid, node, use, now);
  changed_ = true;
}

void Reducer::pod_gone(std::string_view uid) {
  bound_.remove(uid);
  changed_ = true;
}

void Reducer::learn(std::shared_ptr<const placement::ProfileBook> profiles) {
  profiles_ = std::move(profiles);
  changed_ = true;
}

void Reducer::forget(MonoTime now) {
  if (bound_.expire(now)) changed_ = true;
  const auto forgotten = std::erase_if(nodes_, [&](const auto& entry) {
    return now - entry.second->received > bounds_.forget_after;
  });
  if (forgotten == 0) return;
  std::erase_if(memories_, [&](const auto& entry) { return !nodes_.contains(entry.first); });
  changed_ = true;
}

const NodeState* Reducer::find(std::string_view node) const {
  const auto found = nodes_.find(node);
  return found == nodes_.end() ? nullptr : found->second.get();
}

std::shared_ptr<const Snapshot> Reducer::snapshot(MonoTime now, WallTime wall) {
  auto snapshot = std::make_shared<Snapshot>();
  if (changed_) ++number_;
  changed_ = false;
  snapshot->number = number_;
  snapshot->made = now;
  snapshot->made_at = wall;
  if (!begun_) begun_ = now;
  snapshot->begun = *begun_;
  if (!nodes_.empty()) snapshot->longest_window = longest_window(nodes_);
  snapshot->nodes = nodes_;
  snapshot->names = names_;
  snapshot->table = std::make_shared<const placement::NodeTable>(table_of(nodes_, bound_, now));
  snapshot->bound = std::make_shared<const Uids>(bound_.uids());
  snapshot->profiles = profiles_;
  return snapshot;
}

}  // namespace kernwise::view
