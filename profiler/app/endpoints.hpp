// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/http/server.hpp"
#include "common/report/report.hpp"
#include "profiler/app/ledger.hpp"
#include "profiler/app/reporter.hpp"
#include "profiler/export/kpod_metrics.hpp"

namespace kernwise::profiler {

/// The last complete window as the listener shows it.
class LatestWindow {
 public:
  explicit LatestWindow(ExportOptions options) : options_(std::move(options)) {}

  void options(ExportOptions options) {
    options.cgroup_mode = options_.cgroup_mode;  // known before the rest
    options_ = std::move(options);
  }
  /// No kernel program runs: what only they know is absent.
  void files_only() { options_.kernel_side = false; }
  [[nodiscard]] const ExportOptions& options() const { return options_; }
  void cgroup_mode(std::string mode) { options_.cgroup_mode = std::move(mode); }
  /// How long the last window took to close.
  void cycle(double seconds) { input_.self.cycle_seconds = seconds; }
  /// What the programs cost in the last window, ns, and what is shed from now on.
  void programs(const sense::ByCollector& cost_ns, sense::ShedSet shed);
  /// What became of the reports to orchestrators.
  void pushed(const ReportTotals& reports) { input_.self.reports = reports; }
  void update(const report::Report& report, const Reporter& reporter);
  /// What files say of the same window.
  void files(std::map<std::uint64_t, sense::FileTotals> files);
  [[nodiscard]] bool complete() const { return complete_; }
  /// The first seed's array; `[]` before the first window.
  [[nodiscard]] std::string json() const;
  /// Prometheus text. Says once in the log when it holds many more series than were estimated.
  [[nodiscard]] std::string metrics() const;

 private:
  void add_node(const report::Node& window);

  ExportOptions options_;
  report::Report report_;
  Ledger ledger_;
  ExportInput input_;
  bool complete_ = false;
  mutable bool series_told_ = false;  ///< that there are more than estimated: once is enough
};

/// `GET /`, `/metrics` (and its alias of kpod-metrics), `/livez`, `/healthz`, `/readyz`. `latest`
/// must outlive the server.
[[nodiscard]] std::vector<http::Route> routes(const LatestWindow& latest);

}  // namespace kernwise::profiler
