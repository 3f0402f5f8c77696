// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kernwise::symbols {

inline constexpr std::size_t kMaxSymbolBytes = 1024;  ///< of one name as a file has it
inline constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

/// What one address belongs to, and how far around it that is true. An empty symbol says that no
/// function is known there.
struct Function {
  std::uint64_t begin = 0, end = kNoLimit;  ///< the answer holds in [begin, end)
  std::string symbol = {};                  ///< as the file has it
  [[nodiscard]] bool known() const { return !symbol.empty(); }
  bool operator==(const Function&) const = default;
};

/// One answer for each of the asked addresses, which are sorted.
using Functions = std::vector<Function>;

/// For addresses asked in ascending order: the closest of many starts at or before each, and the
/// closest after it. The starts come in any order and are not kept.
template <class Payload>
class ClosestStarts {
 public:
  explicit ClosestStarts(std::span<const std::uint64_t> addresses)
      : addresses_(addresses), before_(addresses.size()), after_(addresses.size(), kNoLimit) {}

  /// `payload` is asked for only when this start is the closest so far. Of equal starts the first
  /// one stays.
  template <class Make>
  void add(std::uint64_t start, const Make& payload);
  /// Call once, after the last `add`.
  void finish();

  struct Start {
    std::uint64_t at = 0;
    Payload payload{};
  };
  [[nodiscard]] const std::optional<Start>& before(std::size_t i) const { return before_[i]; }
  [[nodiscard]] std::uint64_t after(std::size_t i) const { return after_[i]; }

 private:
  std::span<const std::uint64_t> addresses_;
  std::vector<std::optional<Start>> before_;  // until finish: of the gap below addresses_[i]
  std::vector<std::uint64_t> after_;
};

template <class Payload>
template <class Make>
void ClosestStarts<Payload>::add(std::uint64_t start, const Make& payload) {
  const auto at_or_above = std::lower_bound(addresses_.begin(), addresses_.end(), start);
  const auto low = static_cast<std::size_t>(at_or_above - addresses_.begin());
  if (low > 0 && start < after_[low - 1]) after_[low - 1] = start;
  if (low == addresses_.size()) return;
  auto& best = before_[low];
  if (best && start <= best->at) return;
  best = Start{start, payload()};
}

template <class Payload>
void ClosestStarts<Payload>::finish() {
  for (std::size_t i = 1; i < before_.size(); ++i) {
    if (!before_[i]) before_[i] = before_[i - 1];
  }
  for (std::size_t i = after_.size(); i > 1; --i) {
    after_[i - 2] = std::min(after_[i - 2], after_[i - 1]);
  }
}

}  // namespace kernwise::symbols
