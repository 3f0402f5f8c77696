// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "test/support/scenario.hpp"

namespace kernwise::test {

/// One way to wait (or work), and the share it must be seen as.
struct WaitScenario {
  std::string name;
  Share expected = Share::idle;
  std::function<void(Truth&)> body;
};

/// The scenario table: every row blocks or works in one known way and measures itself.
[[nodiscard]] std::vector<WaitScenario> sleeping_scenarios();
[[nodiscard]] std::vector<WaitScenario> network_scenarios();
[[nodiscard]] std::vector<WaitScenario> disk_scenarios();
[[nodiscard]] std::vector<WaitScenario> cpu_scenarios();

/// 23 direct writes of 64 KiB, once Truth::seconds[0] is set; sets Truth::stop when they are done.
inline constexpr std::uint64_t kKnownWrites = 23;
inline constexpr std::uint64_t kKnownBytes = 64UL * 1024;
void direct_writes_of_known_number(Truth& truth);

/// Burns `seconds` of this thread's CPU time.
void burn(double seconds);
/// Keeps this thread on one CPU.
void pin_to(int cpu);
/// A workload that always wants the first CPU.
void spin_on_first_cpu(Truth& truth);

}  // namespace kernwise::test
