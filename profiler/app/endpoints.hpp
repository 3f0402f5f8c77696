// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/http/server.hpp"
#include "common/report/report.hpp"
#include "profiler/app/reporter.hpp"

namespace kernwise::profiler {

/// The last complete window as the listener shows it.
class LatestWindow {
 public:
  void update(const report::Report& report, const Reporter& reporter);
  [[nodiscard]] bool complete() const { return report_.has_value(); }
  /// The first seed's array; `[]` before the first window.
  [[nodiscard]] std::string json() const;
  /// Prometheus text.
  [[nodiscard]] std::string metrics() const;

 private:
  std::optional<report::Report> report_;
  std::vector<sense::Totals> totals_;  ///< in the order of the report's containers
  std::vector<sense::MapUse> maps_;
};

/// `GET /`, `/metrics` (and its alias of kpod-metrics), `/livez`, `/healthz`, `/readyz`. `latest`
/// must outlive the server.
[[nodiscard]] std::vector<http::Route> routes(const LatestWindow& latest);

}  // namespace kernwise::profiler
