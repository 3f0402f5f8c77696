// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <deque>
#include <string>

#include "test/support/scenario.hpp"

namespace kernwise::bench {

/// A node's worth of pods: each a cgroup with a process that wakes a hundred times a second.
class Pods {
 public:
  explicit Pods(int count);

 private:
  std::deque<test::Cgroup> cgroups_;
  std::deque<test::Workload> workloads_;
};

/// CPU (millicores) and memory (bytes) of the profiler program over `seconds` with `pods` pods.
struct Footprint {
  double millicores = 0;
  double resident_bytes = 0;
};
[[nodiscard]] Footprint profiler_footprint(int pods, int seconds);

/// Milliseconds of one turn of the profiler, medians over several windows of half a second.
struct Turn {
  double drain = 0;  ///< every counter of the kernel side read
  double cycle = 0;  ///< that, and the report made, encoded and sent over loopback
  double cpu = 0;    ///< CPU time of such a cycle: what other programs do does not count in it
  double lowest_cycle = 0, lowest_cpu = 0;  ///< of the window least disturbed
};
[[nodiscard]] Turn profiler_turn(int pods);

}  // namespace kernwise::bench
