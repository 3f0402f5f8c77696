// SPDX-License-Identifier: Apache-2.0
#include "profiler/export/collection.hpp"

#include <utility>

namespace kernwise::profiler {
namespace {

constexpr double kNanosecond = 1e-9;
constexpr double kMicrosecond = 1e-6;

/// Brief: 16 us, 64 us, 256 us, 1 ms, 4 ms, 16 ms, 66 ms; few: 64 us, 1 ms, 16 ms.
bool is_kept(std::size_t bucket, Histograms form, Buckets shown) {
  if (form == Histograms::full) return true;
  if (form == Histograms::summary) return false;
  if (shown == Buckets::few) return bucket == 5 || bucket == 9 || bucket == 13;
  return bucket >= 3 && bucket <= 15 && bucket % 2 == 1;
}

}  // namespace

void Collection::add(Metric metric, metrics::Labels labels, double value) {
  samples_[static_cast<std::size_t>(metric)].push_back(
      {.labels = std::move(labels), .value = value});
}

void Collection::add(Metric metric, metrics::Labels labels, const sense::Histogram& from,
                     Buckets shown) {
  metrics::Sample sample{.labels = std::move(labels)};
  for (std::size_t k = 0; k < from.counts.size(); ++k) {
    sample.count += from.counts[k];
    // The last bucket also counts everything above, so only +Inf may say how much that is.
    if (k + 1 == from.counts.size() || !is_kept(k, form_, shown)) continue;
    const auto upper_us = static_cast<double>(std::uint64_t{1} << (k + 1));
    sample.buckets.emplace_back(upper_us * kMicrosecond, sample.count);
  }
  sample.sum = static_cast<double>(from.sum_ns) * kNanosecond;
  samples_[static_cast<std::size_t>(metric)].push_back(std::move(sample));
}

std::vector<metrics::Family> Collection::take() {
  std::vector<metrics::Family> families;
  for (std::size_t i = 0; i < samples_.size(); ++i) {
    if (samples_[i].empty()) continue;
    auto defined = definition(static_cast<Metric>(i));
    const bool histogram = defined.type == metrics::Type::histogram;
    if (histogram && form_ == Histograms::summary) defined.type = metrics::Type::summary;
    families.push_back({std::move(defined), std::move(samples_[i])});
  }
  return families;
}

metrics::Labels with(metrics::Labels labels, const char* name, std::string value) {
  labels.emplace_back(name, std::move(value));
  return labels;
}

}  // namespace kernwise::profiler
