// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/history/decisions.hpp"

#include <tuple>
#include <utility>

namespace kernwise::history {
namespace {

bool says_the_same(const scaling::Decision& left, const scaling::Decision& right) {
  return std::tie(left.action, left.target, left.from, left.to, left.reason) ==
         std::tie(right.action, right.target, right.from, right.to, right.reason);
}

}  // namespace

bool DecisionLog::record(DecisionRecord record) {
  const auto known = latest_.find(record.decision.workload);
  if (known != latest_.end() && says_the_same(known->second.decision, record.decision)) {
    known->second = std::move(record);
    return false;
  }
  changes_.push(record);
  std::string workload = record.decision.workload;
  latest_.insert_or_assign(std::move(workload), std::move(record));
  return true;
}

void DecisionLog::keep_only(const std::set<std::string, std::less<>>& present) {
  std::erase_if(latest_, [&](const auto& entry) { return !present.contains(entry.first); });
}

const DecisionRecord* DecisionLog::latest(std::string_view workload) const {
  const auto found = latest_.find(workload);
  return found == latest_.end() ? nullptr : &found->second;
}

}  // namespace kernwise::history
