// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace kernwise {

/// Ages and intervals are measured on this clock only; wall time is for display.
using Monotonic = std::chrono::steady_clock;
using MonoTime = Monotonic::time_point;
using WallTime = std::chrono::system_clock::time_point;

using Seconds = std::chrono::duration<double>;

/// RFC 3339 in UTC with milliseconds, as in `2026-11-22T11:38:00.123Z`.
[[nodiscard]] std::string rfc3339(WallTime time);

}  // namespace kernwise
