// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "common/report/report.hpp"
#include "profiler/app/reporter.hpp"
#include "profiler/export/kpod_metrics.hpp"

namespace kernwise::profiler {

/// What /metrics shows of containers beyond their end: the last values of one that ended stay for a
/// minute, so that they are scraped; one that starts again under the same name in the same pod goes
/// on where the last one stopped.
class Ledger {
 public:
  static constexpr std::uint64_t kKeepNs = 60'000'000'000;     ///< two scrapes of the usual 30 s
  static constexpr std::uint64_t kForgetNs = 600'000'000'000;  ///< counters of pods that are gone
  static constexpr std::size_t kMaxEnded = 1024;  ///< of each kind; the oldest leave first

  using Lookup = std::function<Standing(std::uint64_t cgroup_id)>;

  /// Takes the window that closed at `now_ns`.
  void update(const report::Report& report, const Lookup& standing, std::uint64_t now_ns);
  /// Adds to `input`, whose report is that of the last update, what else is to be shown.
  void fill(ExportInput& input) const;

  [[nodiscard]] std::size_t size() const { return entries_.size() + ended_.size(); }

 private:
  struct Entry {
    report::Container container;
    sense::Totals totals;
    bool counted = false;        ///< `totals` are known
    bool present = false;        ///< in the last window's report
    std::uint64_t ended_ns = 0;  ///< 0: it lives
  };
  struct Ended {
    sense::Totals totals;
    std::uint64_t last_ns = 0;
  };
  void refresh(const Lookup& standing, std::uint64_t now_ns);
  void forget(std::uint64_t now_ns);
  void settle(const Entry& entry, std::uint64_t now_ns);
  [[nodiscard]] std::set<std::uint64_t> succeeded() const;

  std::map<std::uint64_t, Entry> entries_;  ///< by cgroup id
  std::map<std::string, Ended, std::less<>>
      ended_;  ///< sums of those that left, by name in the pod
};

}  // namespace kernwise::profiler
