// SPDX-License-Identifier: Apache-2.0
#include "common/base/log_limit.hpp"

#include <utility>

namespace kernwise::log {

std::optional<std::uint64_t> RepeatLimit::admit(std::string_view message, MonoTime now) {
  auto found = counts_.find(message);
  if (found == counts_.end()) {
    constexpr std::string_view kRest;
    const auto key = counts_.size() < kMaxMessages ? message : kRest;
    found = counts_.try_emplace(std::string(key), Count{.since = now}).first;
  }
  auto& count = found->second;
  if (now - count.since >= kPeriod) {
    count.since = now;
    count.written = 0;
  }
  if (count.written >= kBurst) {
    ++count.suppressed;
    return std::nullopt;
  }
  ++count.written;
  return std::exchange(count.suppressed, 0);
}

}  // namespace kernwise::log
