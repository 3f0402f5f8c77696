// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.hpp"

namespace kernwise::log {

/// Lets a message repeat only so often: something that fails again and again, or for everybody at
/// once, fills no disk and hides nothing else.
class RepeatLimit {
 public:
  static constexpr std::uint64_t kBurst = 20;         ///< of one message ...
  static constexpr std::chrono::seconds kPeriod{60};  ///< ... in this time
  static constexpr std::size_t kMaxMessages = 256;    ///< told apart; the rest count as one

  /// How many were suppressed since the last one that was let through, or no value: do not write.
  [[nodiscard]] std::optional<std::uint64_t> admit(std::string_view message, MonoTime now);

 private:
  struct Count {
    MonoTime since;
    std::uint64_t written = 0, suppressed = 0;
  };
  std::map<std::string, Count, std::less<>> counts_;
};

}  // namespace kernwise::log
