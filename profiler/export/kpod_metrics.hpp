// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/metrics/registry.hpp"
#include "common/report/report.hpp"
#include "profiler/export/collectors.hpp"
#include "profiler/sense/counters.hpp"
#include "profiler/sense/valve.hpp"

namespace kernwise::profiler {

/// Option `metrics.histograms`: all 20 buckets, 8 of them, or only `_sum` and `_count`.
enum class Histograms : std::uint8_t { full, brief, summary };

struct ExportOptions {
  Collectors collected = collectors_of(Profile::standard);
  Histograms histograms = Histograms::brief;
  bool kernel_side = true;                            ///< false: no kernel programs, files only
  bool tcp_bytes = true;                              ///< false: this kernel does not tell lengths
  std::string cgroup_mode = "v2";                     ///< `v2`, `v1-hybrid`, `none`
  std::vector<std::string> syscalls;                  ///< names of the tracked ones, by index
  std::map<std::uint32_t, std::string> device_names;  ///< `vda` by device number
};

/// What became of the questions to the parser of symbols since the start.
struct ParserTotals {
  std::uint64_t asked = 0, crashed = 0, timed_out = 0, failed = 0, started = 0;
};

/// What became of the reports to orchestrators since the start.
struct ReportTotals {
  std::uint64_t sent = 0, refused = 0, failed = 0, dropped = 0;
  std::size_t waiting = 0;  ///< now
};

/// What the profiler itself has used since it started.
struct SelfTotals {
  double cpu_seconds = 0;                     ///< user space
  double program_seconds = 0;                 ///< kernel programs
  sense::ByCollector collector_seconds = {};  ///< the same by what is shed together
  std::uint64_t drops = 0;                    ///< failed map updates and lost records
  double cycle_seconds = 0;                   ///< of the last window
  sense::ShedSet shed = {};                   ///< now
  std::uint64_t samples = 0;
  std::uint64_t untracked = 0, unknown_roles = 0;  ///< cgroups, socket waits
  ParserTotals parser = {};
  std::optional<ReportTotals> reports = {};  ///< none without an orchestrator
};

/// What the node did since the profiler started.
struct NodeTotals {
  std::uint64_t switches_voluntary = 0, switches_forced = 0;
  std::uint64_t major_faults = 0, memory_allocated_bytes = 0;
  std::uint64_t file_reads = 0, file_writes = 0;
  std::uint64_t file_read_bytes = 0, file_written_bytes = 0;
};

/// Everything that one scrape shows.
struct ExportInput {
  report::Report report;                             ///< of the last complete window
  std::map<std::uint64_t, sense::Totals> totals;     ///< by cgroup id; absent: not counted there
  std::map<std::uint64_t, sense::FileTotals> files;  ///< by cgroup id
  /// Cgroup ids of those that ended or are empty: only their counters are shown.
  std::set<std::uint64_t> past;
  std::vector<sense::MapUse> maps;
  SelfTotals self;
  NodeTotals node;
};

/// The `kpod_*` and `kernwise_*` families of the profiler. No two samples of a family have the same
/// labels: where two containers would, the younger keeps its name and the older one's gets its id.
[[nodiscard]] std::vector<metrics::Family> kpod_families(const ExportInput& input,
                                                         const ExportOptions& options);

/// Series of containers on a page: what was estimated for them, and what there is.
struct SeriesCount {
  double estimated = 0, exported = 0;
  /// More than a fifth above the estimate: containers with several disks, interfaces or file
  /// systems. Below is usual: not every container has everything.
  [[nodiscard]] bool exceeded() const { return exported > 1.2 * estimated; }
};
/// What a page of kpod_families() says of itself; zeros before the first window.
[[nodiscard]] SeriesCount series_count(const std::vector<metrics::Family>& page);

/// How many samples of this very page the guard of metrics::serialise left out.
[[nodiscard]] metrics::Family dropped_family(const std::string& node, std::uint64_t dropped);

/// `254:0` of a device number with the major in the upper half.
[[nodiscard]] std::string device_number(std::uint32_t device);

/// Every metric the profiler can export; the reference in docs/ is written from it.
[[nodiscard]] std::vector<metrics::Definition> metric_definitions();

/// Series for that many containers, without those of the node: printed at start, because every one
/// of them costs memory in Prometheus. Of a container that has everything that is collected, with
/// one disk, one interface and one file system.
[[nodiscard]] std::size_t estimate_series(std::size_t containers, const ExportOptions& options);

}  // namespace kernwise::profiler
