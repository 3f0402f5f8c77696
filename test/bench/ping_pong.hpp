// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

/// The shortest road to a context switch: two threads on one CPU hand a byte back and forth.
namespace kernwise::bench {

inline constexpr int kRounds = 9;

/// Keeps the calling thread on the first CPU.
void pin_to_first_cpu();

/// Wall nanoseconds per switch over `turns` round trips (a round trip is two switches). The calling
/// thread must be on the first CPU.
[[nodiscard]] double nanoseconds_per_switch(int turns = 300'000);

/// The middle value; of an even number the upper one.
[[nodiscard]] double median(std::vector<double> values);

}  // namespace kernwise::bench
