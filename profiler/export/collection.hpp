// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "profiler/export/kpod_metrics.hpp"
#include "profiler/export/metric_table.hpp"

/// How samples become families; private to the .cpp files of this room.
namespace kernwise::profiler {

/// Which buckets of a log2 histogram are shown.
enum class Buckets : std::uint8_t {
  of_form,  ///< 20, 8 or none, as the option says
  few,      ///< 4 in the brief form: for metrics that come once for each system call
};

/// Collects samples by metric, in the order of the table.
class Collection {
 public:
  explicit Collection(Histograms form) : form_(form) {}

  void add(Metric metric, metrics::Labels labels, double value);
  void add(Metric metric, metrics::Labels labels, const sense::Histogram& from,
           Buckets shown = Buckets::of_form);
  [[nodiscard]] std::vector<metrics::Family> take();

 private:
  Histograms form_;
  std::array<std::vector<metrics::Sample>, kMetricCount> samples_;
};

/// `labels` and one more.
[[nodiscard]] metrics::Labels with(metrics::Labels labels, const char* name, std::string value);

/// What one container is shown from; what is not known is not there.
struct ContainerView {
  const report::Container* container = nullptr;
  const sense::Totals* totals = nullptr;  ///< nullptr: the kernel side does not count here
  const sense::FileTotals* files = nullptr;
  bool past = false;  ///< it ended or is empty: only its counters
};

void add_container(Collection& to, const metrics::Labels& labels, const ContainerView& view,
                   const ExportOptions& options);

}  // namespace kernwise::profiler
