// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace kernwise::kernel {

/// When it is time to look again where a container's processes are in a version 1 hierarchy:
/// processes may be moved. Counted in reads, one per window.
class LookAgain {
 public:
  static constexpr std::uint32_t kOfNew = 12, kOfKnown = 60;

  /// At the first read, with another process, once within the first 12 reads of one (by its number,
  /// so that not all containers are looked for in the same window) and then every 60. `start_ns`
  /// tells a process from an older one of that number, where it is known.
  [[nodiscard]] bool due(std::uint32_t pid, std::uint64_t start_ns = 0) {
    const bool same = pid_ == pid && start_ns_ == start_ns;
    const bool due = !same || left_ == 0;
    if (due) left_ = same ? kOfKnown : 1 + pid % kOfNew;
    pid_ = pid;
    start_ns_ = start_ns;
    --left_;
    return due;
  }
  /// At the next read, whatever was said before.
  void at_once() { left_ = 0; }

 private:
  std::uint64_t start_ns_ = 0;
  std::uint32_t pid_ = 0;   ///< 0: none yet
  std::uint32_t left_ = 0;  ///< reads
};

}  // namespace kernwise::kernel
