// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <utility>

namespace kernwise::orchestrator {

/// A bounded queue from one thread to another without locks, and without waking the other: it looks
/// by itself from time to time.
template <class T, std::size_t kMost>
class Handover {
 public:
  /// False, and nothing is moved from, when it is full. One thread only.
  [[nodiscard]] bool push(T&& item) {
    const std::size_t end = end_.load(std::memory_order_relaxed);
    if (end - begin_.load(std::memory_order_acquire) == kMost) return false;
    items_[end % kMost] = std::move(item);
    end_.store(end + 1, std::memory_order_release);
    return true;
  }

  /// Calls `take(T&&)` for all there is, oldest first. One thread only.
  template <class Take>
  void drain(Take take) {
    const std::size_t end = end_.load(std::memory_order_acquire);
    for (std::size_t at = begin_.load(std::memory_order_relaxed); at != end; ++at) {
      take(std::exchange(items_[at % kMost], T{}));
      begin_.store(at + 1, std::memory_order_release);
    }
  }

 private:
  std::array<T, kMost> items_{};
  std::atomic<std::size_t> begin_{0}, end_{0};  // counted on for ever
};

}  // namespace kernwise::orchestrator
