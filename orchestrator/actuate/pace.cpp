// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/actuate/pace.hpp"

#include <algorithm>

namespace kernwise::actuate {
namespace {

constexpr std::chrono::seconds kUsualWait{1}, kLongestWait{60};

}  // namespace

void Pace::leads(bool leading, MonoTime now) {
  if (leading && !leads_since_) leads_since_ = now;
  if (!leading) leads_since_.reset();
}

void Pace::refill(MonoTime now) {
  const Seconds passed = refilled_ ? Seconds(now - *refilled_) : Seconds(0);
  refilled_ = now;
  tokens_ =
      std::min(rules_.writes_per_minute, tokens_ + passed.count() * rules_.writes_per_minute / 60);
  std::erase_if(written_, [&](const auto& entry) { return now - entry.second > rules_.remember; });
}

PaceFacts Pace::facts(const std::string& workload, MonoTime now) {
  refill(now);
  const auto written = written_.find(workload);
  return {.writes_from = leads_since_,
          .written = written == written_.end() ? std::nullopt : std::optional(written->second),
          .underway = underway_.contains(workload),
          .crowded = underway_.size() >= rules_.most_underway,
          .budget = tokens_ >= 1,
          .wait_until = wait_until_};
}

void Pace::began(const std::string& workload) {
  tokens_ = std::max(0.0, tokens_ - 1);
  underway_.insert(workload);
}

void Pace::wrote(const std::string& workload, MonoTime now) {
  written_.insert_or_assign(workload, now);
}

void Pace::wait(std::optional<std::chrono::seconds> asked, MonoTime now) {
  const auto pause = std::clamp(asked.value_or(kUsualWait), kUsualWait, kLongestWait);
  wait_until_ = std::max(wait_until_.value_or(MonoTime::min()), now + pause);
}

}  // namespace kernwise::actuate
