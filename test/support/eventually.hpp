// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <thread>

#include "common/base/clock.hpp"

namespace kernwise::test {

/// Asks again and again, `between` apart, until `holds()` or the time is over; true when it held.
/// For what gives no event to wait for: other programs, a control plane, the kernel.
template <class Holds>
[[nodiscard]] bool eventually(std::chrono::nanoseconds longest, Holds holds,
                              std::chrono::milliseconds between = std::chrono::milliseconds(100)) {
  const auto until = Monotonic::now() + longest;
  while (!holds()) {
    if (Monotonic::now() >= until) return false;
    std::this_thread::sleep_for(between);
  }
  return true;
}

}  // namespace kernwise::test
