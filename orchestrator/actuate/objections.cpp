// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/actuate/objections.hpp"

#include <utility>

namespace kernwise::actuate {
namespace {

std::string in_seconds(MonoTime::duration time) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(time).count()) + " s";
}

}  // namespace

Verdict hold(std::string reason, std::vector<std::string> evidence) {
  return {Effect::hold, std::move(reason), std::move(evidence)};
}

Objection leader_objects(const Facts& facts, MonoTime now) {
  if (facts.leads_until && now < *facts.leads_until) return std::nullopt;
  return hold("not_leader");
}

Objection api_objects(const Facts& facts, const Rules& rules, MonoTime now) {
  if (facts.overloaded) return hold("overloaded");
  if (!facts.api.synced || !facts.api.heard) return hold("api_not_synced");
  if (now - *facts.api.heard <= rules.api_age) return std::nullopt;
  return hold("api_stale",
              {"nothing heard of the API server for " + in_seconds(now - *facts.api.heard)});
}

Objection coverage_objects(const Facts& facts, const Rules& rules) {
  const auto known = static_cast<double>(facts.nodes.known);
  const bool covered =
      facts.nodes.known > 0 && static_cast<double>(facts.nodes.fresh) >= rules.fresh_nodes * known;
  if (covered) return std::nullopt;
  return hold("nodes_stale", {std::to_string(facts.nodes.fresh) + " of " +
                              std::to_string(facts.nodes.known) + " nodes have fresh data"});
}

/// `false` is the only word for not paused: who has begun to write it wants nothing to happen.
bool is_paused(const Annotations& annotations) {
  const auto found = annotations.find(kPaused);
  return found != annotations.end() && found->second != "false";
}

Objection cooldown_objects(std::optional<MonoTime> written, std::chrono::seconds cooldown,
                           MonoTime now) {
  if (!written || now >= *written + cooldown) return std::nullopt;
  return hold("cooldown", {in_seconds(*written + cooldown - now) + " left"});
}

Objection budget_objects(const PaceFacts& pace, MonoTime now) {
  if (pace.wait_until && now < *pace.wait_until) return hold("throttled");
  if (pace.crowded) return hold("crowded");
  return pace.budget ? std::nullopt : Objection(hold("budget"));
}

}  // namespace kernwise::actuate
