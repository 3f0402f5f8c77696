// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/app/core.hpp"

#include <utility>

#include "common/base/log.hpp"
#include "common/base/utf8.hpp"
#include "orchestrator/api/encode.hpp"
#include "orchestrator/api/metrics.hpp"
#include "orchestrator/app/kept_profiles.hpp"

namespace kernwise::orchestrator {
namespace {

/// Up to this many nodes a snapshot costs so little that every report makes one.
constexpr std::size_t kFewNodes = 64;
constexpr std::chrono::milliseconds kPublishEvery{100};
constexpr std::chrono::seconds kComplainEvery{10};
constexpr std::chrono::minutes kKeepEvery{5};
constexpr std::size_t kMostKept = 60'000;  ///< entries looked at for the newest of each workload

}  // namespace

Core::Core(const Config& config, std::unique_ptr<history::Store> store)
    : reducer_({}, config.placement.filter),
      score_(config.placement.score),
      pending_(config.placement.pending),
      loop_(config.scaling, {config.scaling_min, config.scaling_max}),
      pods_file_(config.pods_file),
      has_pods_file_(!config.pods_file.empty()),
      store_(std::move(store)) {}

api::Sources Core::sources() {
  return {.view = view_,
          .decisions = loop_.decisions(),
          .placements = placements_,
          .store = store_.get(),
          .registry = registry_,
          .score = score_,
          .profiles = [this] { return loop_.profiles(); }};
}

view::Admission Core::accept(report::Report report, const std::string& address, api::Now now) {
  const std::string node = report.node;
  const auto admission = reducer_.accept(std::move(report), {now.mono, now.wall, address});
  if (admission != view::Admission::accepted) return admission;
  const auto before = view_.load();
  if (!before->nodes.contains(node)) log::info("Node began to report", {{"node", node}});
  const bool due = before->nodes.size() <= kFewNodes || now.mono - published_ >= kPublishEvery;
  if (due) publish(now);
  if (const view::NodeState* state = reducer_.find(node)) remember(*state);
  return admission;
}

void Core::remember(const view::NodeState& node) {
  if (store_ == nullptr) return;
  std::vector<history::Entry> entries;
  entries.reserve(node.pods.size() + 1);
  entries.push_back({node.received_at, "node", node.name, api::compact(node)});
  for (const view::Pod& pod : node.pods) {
    entries.push_back(
        {node.received_at, "pod", pod.pod_namespace + "/" + pod.name, api::compact(pod)});
  }
  store_->add(std::move(entries));
}

report::Reply Core::reply(const std::string& node,
                          const std::vector<report::NameRequest>& wanted) const {
  return {.window_ms = 0, .names = reducer_.names().answer(node, wanted)};
}

std::optional<std::string> Core::node_of_pod(const std::string& uid) const {
  const view::NamedPod* const pod = reducer_.names().pod(uid);
  return pod == nullptr ? std::nullopt : pod->node;
}

void Core::count_report(std::string_view result) {
  registry_.add(api::metric::kReports, {{"result", std::string(result)}});
}

void Core::record(history::PlacementRecord record, MonoTime now) {
  if (record.outcome.effect == protocol::Effect::refused && now - complained_ >= kComplainEvery) {
    complained_ = now;
    log::warn("Request of the scheduler was refused",
              {{"verb", record.verb}, {"err", printable(history::reason_of(record), 300)}});
  }
  for (const protocol::Override& word : record.outcome.overrides) {
    registry_.add(api::metric::kOverrides,
                  {{"annotation", std::string(word.key)},
                   {"result", word.problem.empty() ? "applied" : "invalid"}});
  }
  placements_.push(std::move(record));
}

void Core::remember_profiles(api::Now now) {
  kept_ = now.mono;
  if (store_ == nullptr) return;
  // Several generations of them, so that the newest of each workload is among them.
  const auto entries = store_->read({.since = {}, .kind = kProfileKind, .limit = kMostKept});
  if (!entries) {
    return log::warn("Learned profiles were not read", {{"err", entries.error().message()}});
  }
  const std::size_t restored = restore_profiles(*entries, loop_.learner(), now);
  reducer_.learn(loop_.profiles());
  log::info("Learned profiles were read", {{"workloads", std::to_string(restored)}});
}

void Core::keep_profiles(api::Now now) {
  kept_ = now.mono;
  if (store_ != nullptr) store_->add(profile_entries(loop_.learner(), now));
}

void Core::take_past(PastReading reading, api::Now now) {
  const bool good = reading.result == "ok";
  registry_.add(api::metric::kPastReads, {{"result", std::string(reading.result)}});
  registry_.set(api::metric::kDegraded, {{"reason", "profiles_prometheus"}}, good ? 0 : 1);
  if (!good) {
    return log::warn(
        "Prometheus did not tell what workloads needed before",
        {{"result", std::string(reading.result)}, {"err", printable(reading.problem, 300)}});
  }
  registry_.add(api::metric::kPastSkipped, {}, static_cast<double>(reading.skipped));
  registry_.set(api::metric::kPastWorkloads, {}, static_cast<double>(reading.profiles.size()));
  log::info("Prometheus told what workloads needed before",
            {{"workloads", std::to_string(reading.profiles.size())},
             {"skipped_samples", std::to_string(reading.skipped)}});
  loop_.learner().suggest(std::move(reading.profiles), now.mono);
  reducer_.learn(loop_.profiles());
}

Result<> Core::refresh_pods() {
  if (!has_pods_file_) return {};
  auto names = pods_file_.refresh();
  registry_.set(api::metric::kReload, {}, names ? 1 : 0);
  if (!names) return wrap(names.error(), "pods");
  if (!*names) return {};
  log::info("Pods file was read", {{"pods", std::to_string((*names)->size())}});
  reducer_.rename(std::make_shared<const view::NameBook>(**std::move(names)));
  return {};
}

void Core::rename(std::shared_ptr<const view::NameBook> names, const std::set<std::string>& nodes) {
  reducer_.rename(std::move(names), nodes);
}

void Core::move(const std::vector<cluster::PodMove>& moves, api::Now now) {
  using Kind = cluster::PodMove::Kind;
  for (const cluster::PodMove& move : moves) {
    if (move.kind == Kind::bound) regret_.bound(move.pod, now.mono);
    if (!pending_) continue;
    if (move.kind == Kind::bound) reducer_.pod_bound(move.pod, now.mono);
    if (move.kind == Kind::leaves) reducer_.pod_leaves(move.pod.uid, move.pod.node_name, now.mono);
    if (move.kind == Kind::gone) reducer_.pod_gone(move.pod.uid);
  }
}

void Core::tidy(api::Now now) {
  if (const auto done = refresh_pods(); !done) {
    log::warn("Pods file was not taken", {{"err", done.error().message()}});
  }
  reducer_.forget(now.mono);
  if (now.mono - kept_ >= kKeepEvery) keep_profiles(now);
  regret_.look({.log = placements_,
                .node = [this](const std::string& node) { return reducer_.find(node); },
                .registry = registry_},
               now.mono);
}

void Core::join(Actuator& actuator) {
  actuator_ = &actuator;
  loop_.join({.extent = [&actuator](const auto& workload) { return actuator.extent(workload); },
              .propose = [&actuator](const auto& decision) { return actuator.propose(decision); }});
}

void Core::settled(const actuate::Intent& intent, const scaling::Outcome& outcome, api::Now now) {
  const auto* record = loop_.settle(intent.workload, intent.to, outcome, now.wall);
  if (record != nullptr) tell(*record, now);
}

/// Once per change of a decision or of what became of it.
void Core::tell(const history::DecisionRecord& record, api::Now now) {
  const scaling::Decision& decision = record.decision;
  const std::string action(name_of(decision.action));
  registry_.add(api::metric::kScaling, {{"action", action}, {"reason", decision.reason}});
  const std::string outcome =
      record.outcome ? record.outcome->result + ":" + record.outcome->reason : "none";
  log::info("Scaling was decided", {{"workload", decision.workload},
                                    {"action", action},
                                    {"target", decision.target},
                                    {"from", std::to_string(decision.from)},
                                    {"to", std::to_string(decision.to)},
                                    {"reason", decision.reason},
                                    {"outcome", outcome},
                                    {"snapshot", std::to_string(record.snapshot)}});
  if (actuator_ != nullptr) actuator_->announce(record, now.wall);
  if (store_ == nullptr) return;
  store_->add({{record.time, "decision", decision.workload, api::encode(record)}});
}

void Core::scale(api::Now now) {
  publish(now);
  for (const history::DecisionRecord& record : loop_.tick(*view_.load(), now.mono, now.wall)) {
    tell(record, now);
  }
  reducer_.learn(loop_.profiles());
  publish(now);
}

void Core::publish(api::Now now) {
  if (!reducer_.changed()) return;
  published_ = now.mono;
  view_.store(reducer_.snapshot(now.mono, now.wall));
}

}  // namespace kernwise::orchestrator
