// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/app/actuator.hpp"

#include <utility>
#include <vector>

#include "orchestrator/actuate/announcement.hpp"
#include "orchestrator/actuate/cluster_facts.hpp"
#include "orchestrator/api/metrics.hpp"

namespace kernwise::orchestrator {
namespace {

constexpr const char* kController = "kernwise.io/orchestrator";
constexpr const char* kClass = "scaling";
constexpr std::chrono::seconds kMarkEvery{1};

const std::vector<double>& duration_bounds() {
  static const std::vector<double> bounds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  return bounds;
}

actuate::Intent intent_of(const scaling::Decision& decision) {
  return {.workload = decision.target,
          .action = std::string(name_of(decision.action)),
          .reason = decision.reason,
          .from = decision.from,
          .to = decision.to};
}

}  // namespace

Actuator::Actuator(const Options& options, Ports ports)
    : ports_(std::move(ports)),
      rules_(options.rules),
      elector_(ports_.client, {.lease = options.lease,
                               .identity = kube::elector_identity(options.pod),
                               .clock = ports_.clock}),
      events_(ports_.client,
              {.source = {kController, options.pod}, .times = {}, .clock = ports_.clock}),
      gate_(gate_ports(), options.rules, options.paces),
      marker_(options.marks, marker_ports()) {}

actuate::Gate::Ports Actuator::gate_ports() {
  return {
      .client = ports_.client,
      .facts = [this](const std::string& workload, MonoTime now) { return facts(workload, now); },
      .settled =
          [this](const actuate::Intent& intent, const scaling::Outcome& outcome) {
            count_write(kClass, outcome);
            ports_.settled(intent, outcome);
          },
      .node = [this](const std::string& node) { return node_target(node); },
      .node_settled =
          [this](const actuate::NodeIntent& intent, const scaling::Outcome& outcome) {
            count_write("node", outcome);
            marker_.settled(intent, outcome);
          },
      .stamp = [this] { return rfc3339(wall_); },
      .clock = ports_.clock};
}

NodeMarker::Ports Actuator::marker_ports() {
  return {.stores = ports_.stores,
          .registry = ports_.registry,
          .propose = [this](const actuate::NodeIntent& intent) { return gate_.propose(intent); },
          .tell = [this](kube::Event event) { tell(std::move(event), wall_); }};
}

actuate::NodeTarget Actuator::node_target(const std::string& node) const {
  const auto object = ports_.stores.nodes.find(node);
  if (!object) return {};
  return {true, object->meta.deleting, object->meta.annotations};
}

void Actuator::count_write(const char* of, const scaling::Outcome& outcome) {
  ports_.registry.add(api::metric::kWrites, {{"class", of}, {"result", outcome.result}});
  if (!outcome.latency) return;
  ports_.registry.observe(api::metric::kWriteDuration, {{"class", of}}, outcome.latency->count(),
                          duration_bounds());
}

void Actuator::change(const actuate::Rules& rules) {
  rules_ = rules;
  gate_.change(rules);
}

actuate::Facts Actuator::facts(const std::string& workload, MonoTime now) const {
  actuate::Facts facts;
  if (elector_.leading()) facts.leads_until = elector_.election().may_write_until();
  facts.api = ports_.api(now);
  facts.nodes = actuate::node_facts(ports_.stores, *ports_.view.load(), now);
  facts.overloaded = ports_.overloaded && ports_.overloaded->load(std::memory_order_relaxed);
  if (!workload.empty()) facts.target = actuate::target_facts(ports_.stores, workload);
  return facts;
}

void Actuator::tick(WallTime wall) {
  elector_.tick(wall);
  if (!elector_.election().stopped()) events_.tick();
  ports_.registry.set(api::metric::kLeader, {}, leading() ? 1 : 0);
  wall_ = wall;
  const MonoTime now = ports_.clock();
  if (leading() && (!marked_ || now - *marked_ >= kMarkEvery)) {
    marked_ = now;
    marker_.tick(*ports_.view.load(), rules_, now);
  }
  count_events();
}

void Actuator::count_events() {
  const kube::EventCounts now = events_.counts();
  const auto count = [this](const char* result, std::uint64_t before, std::uint64_t after) {
    if (after == before) return;
    ports_.registry.add(api::metric::kEvents, {{"result", result}},
                        static_cast<double>(after - before));
  };
  count("told", counted_.told, now.told);
  count("dropped", counted_.dropped, now.dropped);
  count("failed", counted_.failed, now.failed);
  counted_ = now;
}

scaling::Outcome Actuator::propose(const scaling::Decision& decision) {
  return gate_.propose(intent_of(decision));
}

std::optional<Extent> Actuator::extent(const std::string& workload) const {
  const auto object = ports_.stores.workload(workload);
  if (!object) return std::nullopt;
  Extent extent{.replicas = object->replicas, .ready = object->ready};
  const auto bounds = actuate::bounds_of(actuate::target_facts(ports_.stores, workload));
  if (bounds) extent.bounds = {bounds->min_replicas, bounds->max_replicas};
  return extent;
}

void Actuator::announce(const history::DecisionRecord& record, WallTime wall) {
  if (!record.outcome) return;
  const scaling::Outcome& outcome = *record.outcome;
  ports_.registry.add(api::metric::kOutcomes,
                      {{"class", kClass},
                       {"action", std::string(name_of(record.decision.action))},
                       {"outcome", outcome.result},
                       {"reason", outcome.reason}});
  if (outcome.result == "conflict") {
    ports_.registry.add(api::metric::kConflicts, {{"class", kClass}});
  }
  const auto target = actuate::target_facts(ports_.stores, record.decision.target);
  auto event = actuate::announcement(record.decision, outcome, target.uid);
  if (event) events_.note(*std::move(event), wall);
}

}  // namespace kernwise::orchestrator
