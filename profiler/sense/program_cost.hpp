// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string_view>

/// PURE. What the kernel programs cost, from what they counted and timed of themselves.
namespace kernwise::sense {

/// The programs by what is shed together.
enum class Collector : std::uint8_t {
  switches,
  wait_stacks,  ///< stacks of waits, while somebody records them
  samples,      ///< 99 Hz
  packets,      ///< retransmits; drops and round trips in the profile comprehensive
  system_calls,
  faults,  ///< major ones
  disk,
  connections,  ///< states of TCP sockets
  requests,     ///< what sockets send and receive
};
inline constexpr std::size_t kCollectors = 9;
/// `switches`, `wait_stacks`, ... `requests`.
[[nodiscard]] std::string_view name_of(Collector collector);

/// One number for each collector.
struct ByCollector {
  std::array<double, kCollectors> each{};
  double& operator[](Collector collector) { return each[static_cast<std::size_t>(collector)]; }
  double operator[](Collector collector) const { return each[static_cast<std::size_t>(collector)]; }
  [[nodiscard]] double total() const { return std::accumulate(each.begin(), each.end(), 0.0); }
  bool operator==(const ByCollector&) const = default;
};

/// Runs that timed themselves, from their first clock to their last.
struct TimedRuns {
  std::uint64_t runs = 0, ns = 0;
  bool operator==(const TimedRuns&) const = default;
};

/// Work of the programs over some time.
struct ProgramRuns {
  std::uint64_t switches = 0;    ///< followed ones
  std::uint64_t unfollowed = 0;  ///< counted, and no more
  std::uint64_t samples = 0;     ///< ticks that were looked at
  std::array<TimedRuns, kCollectors> timed{};
  TimedRuns& operator[](Collector collector) { return timed[static_cast<std::size_t>(collector)]; }
  const TimedRuns& operator[](Collector collector) const {
    return timed[static_cast<std::size_t>(collector)];
  }
  bool operator==(const ProgramRuns&) const = default;
};
[[nodiscard]] ProgramRuns between(const ProgramRuns& before, const ProgramRuns& now);

/// What is learned while the programs run. The defaults are those of docs/kernel.md.
struct RunCost {
  double entry_ns = 30;    ///< of every run, before its first clock and after its last
  double switch_ns = 150;  ///< of a followed switch, where too few of them timed themselves
};

/// CPU nanoseconds by collector. A timed run stands for KW_TIMED_EVERY runs (KW_TIMED_EVERY_RARE of
/// faults, block requests and connections), one of samples for itself: its time, at most
/// KW_TIMED_MOST_NS, and `entry_ns`. Where fewer than 20 switches were
/// timed, their number and `switch_ns` say more. A switch that is only counted costs 45 ns.
[[nodiscard]] ByCollector estimated_ns(const ProgramRuns& runs, const RunCost& cost);
/// `switch_ns` as those runs show it, with the runs for kernel threads that nobody counts; the same
/// as before where fewer than 20 switches were timed.
[[nodiscard]] RunCost learned(const ProgramRuns& runs, const RunCost& before);
/// `entry_ns` from run time statistics: (measured - what all runs timed) / runs, 15 to 150. Fewer
/// than 200 timed runs say nothing and leave `before`.
[[nodiscard]] RunCost calibrated(double measured_ns, const ProgramRuns& runs,
                                 const RunCost& before);

}  // namespace kernwise::sense
