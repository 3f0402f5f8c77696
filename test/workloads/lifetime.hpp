// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/base/fd.hpp"

namespace workload {

/// When a workload ends: at SIGTERM or SIGINT, after `seconds` (0 = never), or when its parent
/// dies. Make it first in main(): the signals are blocked in every thread that starts later, so
/// nothing is interrupted in the middle.
class Lifetime {
 public:
  explicit Lifetime(double seconds);

  /// Becomes readable when it is time to stop.
  [[nodiscard]] int fd() const { return signals_.value(); }
  /// Returns when it is time to stop.
  void wait() const;

 private:
  kernwise::Fd signals_;
};

/// Prints `what` and the reason from errno, and exits with 1.
[[noreturn]] void die(const char* what);

}  // namespace workload
