// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/actuate/announcement.hpp"

#include <utility>

#include "orchestrator/actuate/target.hpp"

namespace kernwise::actuate {
namespace {

/// `cpu_saturated` as `CpuSaturated`, as reasons of Events are written.
std::string camel(const std::string& words) {
  std::string text;
  bool begins = true;
  for (const char letter : words) {
    if (letter == '_') {
      begins = true;
      continue;
    }
    const bool lower = letter >= 'a' && letter <= 'z';
    text.push_back(begins && lower ? static_cast<char>(letter - 'a' + 'A') : letter);
    begins = false;
  }
  return text;
}

/// Replicas, then why, then what stood against it.
std::string note_of(const scaling::Decision& decision, const scaling::Outcome& outcome) {
  std::string note = std::to_string(decision.from) + " -> " + std::to_string(decision.to) +
                     " replicas, " + outcome.result;
  std::string separator = ": ";
  for (const auto* lines : {&decision.evidence, &outcome.evidence}) {
    for (const std::string& line : *lines) {
      note.append(std::exchange(separator, "; ")).append(line);
    }
  }
  return note;
}

}  // namespace

std::optional<kube::Event> announcement(const scaling::Decision& decision,
                                        const scaling::Outcome& outcome, const std::string& uid) {
  const auto name = workload_name(decision.target);
  const bool recommended = outcome.result == "recommended", applied = outcome.result == "applied";
  const bool silent = outcome.result == "observed" || outcome.result == "held" ||
                      outcome.result == scaling::kPending;
  if (!name || silent) return std::nullopt;
  kube::Event event{.regarding = {"apps/v1", name->kind, name->name_space, name->name, uid},
                    .action = camel(std::string(name_of(decision.action))),
                    .reason = camel(decision.reason),
                    .note = note_of(decision, outcome)};
  if (recommended) event.action.insert(0, "Recommend");
  const bool asked_for_more = recommended && outcome.reason != "mode_recommend";
  event.warning = asked_for_more || (!recommended && !applied);
  if (asked_for_more) event.reason = camel(outcome.reason);
  if (!recommended && !applied) event.reason = "Scaling" + camel(outcome.result);
  return event;
}

}  // namespace kernwise::actuate
