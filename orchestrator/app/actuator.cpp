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
      elector_(ports_.client, {.lease = options.lease,
                               .identity = kube::elector_identity(options.pod),
                               .clock = ports_.clock}),
      events_(ports_.client,
              {.source = {kController, options.pod}, .times = {}, .clock = ports_.clock}),
      gate_({.client = ports_.client,
             .facts = [this](const std::string& workload,
                             MonoTime now) { return facts(workload, now); },
             .settled =
                 [this](const actuate::Intent& intent, const scaling::Outcome& outcome) {
                   ports_.registry.add(api::metric::kWrites,
                                       {{"class", kClass}, {"result", outcome.result}});
                   if (outcome.latency) {
                     ports_.registry.observe(api::metric::kWriteDuration, {{"class", kClass}},
                                             outcome.latency->count(), duration_bounds());
                   }
                   ports_.settled(intent, outcome);
                 },
             .clock = ports_.clock},
            options.rules, options.pace) {}

actuate::Facts Actuator::facts(const std::string& workload, MonoTime now) const {
  actuate::Facts facts;
  if (elector_.leading()) facts.leads_until = elector_.election().may_write_until();
  facts.api = ports_.api(now);
  facts.nodes = actuate::node_facts(ports_.stores, *ports_.view.load(), now);
  facts.overloaded = ports_.overloaded && ports_.overloaded->load(std::memory_order_relaxed);
  facts.target = actuate::target_facts(ports_.stores, workload);
  return facts;
}

void Actuator::tick(WallTime wall) {
  elector_.tick(wall);
  if (!elector_.election().stopped()) events_.tick();
  ports_.registry.set(api::metric::kLeader, {}, leading() ? 1 : 0);
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
