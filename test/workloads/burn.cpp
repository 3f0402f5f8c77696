// SPDX-License-Identifier: Apache-2.0
#include "test/workloads/burn.hpp"

#include <ctime>

namespace {

std::chrono::nanoseconds thread_cpu_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

extern "C" [[gnu::noinline]] void burn_cycles(std::chrono::nanoseconds amount) {
  const auto until = thread_cpu_time() + amount;
  unsigned state = 1;
  while (thread_cpu_time() < until) {
    // Reading the clock is a system call: some 30 us of arithmetic between two reads keep nearly
    // all samples in this function.
    for (int step = 0; step < 20'000; ++step) {
      state = state * 1664525U + 1013904223U;
      asm volatile("" : "+r"(state));  // the optimiser must not fold the loop
    }
  }
}
