// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "common/base/clock.hpp"
#include "common/report/report.hpp"
#include "extender/placement/filter.hpp"
#include "extender/placement/score.hpp"

namespace kernwise::view {

/// What must be remembered of one node between its reports to tell how contended it is. Bounded;
/// starts anew with the node's boot or profiler.
class NodeMemory {
 public:
  /// Takes the next report in and gives the node as placement sees it (age 0).
  [[nodiscard]] placement::NodeRow observe(const report::Report& report, MonoTime now,
                                           const placement::FilterParams& filter);

 private:
  struct Sample {
    MonoTime at;
    placement::PerResource load;
    std::size_t starts = 0;
  };

  double inflation(const report::Disk& disk);
  double disk_contention(const report::Report& report);
  double memory_pressure(const report::Report& report);
  std::size_t starts(const report::Report& report, MonoTime now);
  void keep_minute(MonoTime now);
  void add_history(placement::NodeRow& row) const;

  std::deque<Sample> minute_;                   ///< reports of the last 60 s
  std::map<std::string, double> quiet_p99_us_;  ///< lowest seen, by device
  std::map<std::uint64_t, MonoTime> seen_;      ///< containers by cgroup, when last reported
  std::optional<std::pair<std::uint64_t, std::uint64_t>> stalled_;  ///< seq, memory full_us
  std::array<std::uint16_t, placement::kResources> windows_over_{};
};

}  // namespace kernwise::view
