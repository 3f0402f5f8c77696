// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "orchestrator/actuate/judge.hpp"

namespace kernwise::actuate {

struct PaceRules {
  double writes_per_minute = 30;  ///< over all objects, at most as many at once
  std::size_t most_underway = 4;
  std::chrono::seconds remember{900};  ///< longer than any cooldown
};

/// Workloads and nodes each have a pace of their own.
struct Paces {
  PaceRules workloads = {};
  PaceRules nodes = {.writes_per_minute = 10};
};

/// How fast writes may go: when each object was written last, a token bucket for all of them, what
/// has no answer yet, and what the API server has asked for. Bounded by the budget.
class Pace {
 public:
  explicit Pace(PaceRules rules) : rules_(rules), tokens_(rules.writes_per_minute) {}

  /// Leading began or ended; what was remembered of an earlier time is no longer the whole truth.
  void leads(bool leading, MonoTime now);
  [[nodiscard]] PaceFacts facts(const std::string& workload, MonoTime now);
  /// A write is about to be tried: it takes its part of the budget, whatever becomes of it.
  void began(const std::string& workload);
  /// It reached the server, or may have.
  void wrote(const std::string& workload, MonoTime now);
  void ended(const std::string& workload) { underway_.erase(workload); }
  void wait(std::optional<std::chrono::seconds> asked, MonoTime now);

  [[nodiscard]] std::size_t underway() const { return underway_.size(); }

 private:
  void refill(MonoTime now);

  PaceRules rules_;
  double tokens_;
  std::optional<MonoTime> refilled_, leads_since_, wait_until_;
  std::map<std::string, MonoTime, std::less<>> written_;
  std::set<std::string, std::less<>> underway_;
};

}  // namespace kernwise::actuate
