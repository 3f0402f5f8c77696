// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/history/decisions.hpp"

#include <tuple>
#include <utility>

namespace kernwise::history {
namespace {

bool is_pending(const DecisionRecord& record) {
  return record.outcome && record.outcome->result == scaling::kPending;
}

bool says_the_same(const DecisionRecord& before, const DecisionRecord& after) {
  const scaling::Decision &left = before.decision, &right = after.decision;
  if (std::tie(left.action, left.target, left.from, left.to, left.reason) !=
      std::tie(right.action, right.target, right.from, right.to, right.reason)) {
    return false;
  }
  if (!before.outcome || !after.outcome) return before.outcome == after.outcome;
  return scaling::says_the_same(*before.outcome, *after.outcome);
}

}  // namespace

bool DecisionLog::record(DecisionRecord record) {
  const auto known = latest_.find(record.decision.workload);
  if (known != latest_.end() && says_the_same(known->second, record)) {
    known->second = std::move(record);
    return false;
  }
  const bool settled = !is_pending(record);
  if (settled) changes_.push(record);
  std::string workload = record.decision.workload;
  latest_.insert_or_assign(std::move(workload), std::move(record));
  return settled;
}

const DecisionRecord* DecisionLog::settle(std::string_view workload, int to,
                                          scaling::Outcome outcome, WallTime wall) {
  const auto known = latest_.find(workload);
  if (known == latest_.end() || known->second.decision.to != to) return nullptr;
  DecisionRecord record = known->second;
  record.outcome = std::move(outcome);
  record.time = wall;
  return this->record(std::move(record)) ? &known->second : nullptr;
}

void DecisionLog::keep_only(const std::set<std::string, std::less<>>& present) {
  std::erase_if(latest_, [&](const auto& entry) { return !present.contains(entry.first); });
}

const DecisionRecord* DecisionLog::latest(std::string_view workload) const {
  const auto found = latest_.find(workload);
  return found == latest_.end() ? nullptr : &found->second;
}

}  // namespace kernwise::history
