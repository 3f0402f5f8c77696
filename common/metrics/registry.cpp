// SPDX-License-Identifier: Apache-2.0
#include "common/metrics/registry.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>

#include "common/base/utf8.hpp"

namespace kernwise::metrics {
namespace {

constexpr std::size_t kMaxSeries = 10'000;

/// A series while it is counted: buckets are not cumulative yet.
struct Series {
  double value = 0;
  std::vector<std::uint64_t> buckets;
  double sum = 0;
  std::uint64_t count = 0;
};

struct Entry {
  Definition definition;
  std::vector<double> bounds;
  std::map<Labels, Series> series;
};

/// Labels as they are kept: sorted, and no longer than they will be shown.
Labels kept(const Labels& labels) {
  const Guard guard;
  Labels kept;
  for (const auto& [name, value] : labels) {
    kept.emplace_back(name, printable(value, guard.max_label_bytes));
  }
  std::sort(kept.begin(), kept.end());
  return kept;
}

/// Bounds that a histogram can have: finite, ascending, each once.
std::vector<double> usable(std::vector<double> bounds) {
  std::erase_if(bounds, [](double bound) { return !std::isfinite(bound); });
  std::sort(bounds.begin(), bounds.end());
  bounds.erase(std::unique(bounds.begin(), bounds.end()), bounds.end());
  return bounds;
}

Sample sample_of(const Labels& labels, const Series& series, const std::vector<double>& bounds) {
  Sample sample{.labels = labels, .value = series.value, .sum = series.sum, .count = series.count};
  std::uint64_t below = 0;
  for (std::size_t at = 0; at < series.buckets.size(); ++at) {
    below += series.buckets[at];
    sample.buckets.emplace_back(bounds[at], below);
  }
  return sample;
}

}  // namespace

struct Registry::State {
  mutable std::mutex mutex;  ///< guards everything below
  std::map<std::string, Entry, std::less<>> entries;
  std::size_t series = 0;
  std::uint64_t dropped = 0;

  /// The entry of this name, made when it is new; nullptr when the name is of another type.
  Entry* entry(const Definition& definition) {
    auto found = entries.find(definition.name);
    if (found == entries.end()) {
      if (series >= kMaxSeries) return nullptr;
      found = entries.emplace(definition.name, Entry{definition, {}, {}}).first;
    }
    return found->second.definition.type == definition.type ? &found->second : nullptr;
  }

  /// The series of these labels, made when it is new; nullptr when there are too many.
  Series* find(Entry* in, const Labels& labels) {
    if (in == nullptr) return nullptr;
    Labels key = kept(labels);
    if (const auto found = in->series.find(key); found != in->series.end()) return &found->second;
    if (series >= kMaxSeries) return nullptr;
    ++series;
    Series& made = in->series[std::move(key)];
    made.buckets.resize(in->bounds.size());
    return &made;
  }
};

Registry::Registry() : state_(std::make_unique<State>()) {}
Registry::~Registry() = default;

void Registry::add(const Definition& counter, const Labels& labels, double amount) {
  const std::lock_guard lock(state_->mutex);
  const bool sensible = std::isfinite(amount) && amount >= 0 && counter.type == Type::counter;
  Series* series = sensible ? state_->find(state_->entry(counter), labels) : nullptr;
  if (series == nullptr) {
    ++state_->dropped;
  } else {
    series->value += amount;
  }
}

void Registry::set(const Definition& gauge, const Labels& labels, double value) {
  const std::lock_guard lock(state_->mutex);
  const bool sensible = gauge.type == Type::gauge;
  Series* series = sensible ? state_->find(state_->entry(gauge), labels) : nullptr;
  if (series == nullptr) {
    ++state_->dropped;
  } else {
    series->value = value;
  }
}

void Registry::observe(const Definition& histogram, const Labels& labels, double value,
                       const std::vector<double>& upper_bounds) {
  const std::lock_guard lock(state_->mutex);
  const bool sensible = std::isfinite(value) && histogram.type == Type::histogram;
  Entry* entry = sensible ? state_->entry(histogram) : nullptr;
  if (entry != nullptr && entry->series.empty()) entry->bounds = usable(upper_bounds);
  Series* series = state_->find(entry, labels);
  if (series == nullptr) {
    ++state_->dropped;
    return;
  }
  const auto bound = std::lower_bound(entry->bounds.begin(), entry->bounds.end(), value);
  if (bound != entry->bounds.end()) {
    ++series->buckets[static_cast<std::size_t>(bound - entry->bounds.begin())];
  }
  series->sum += value;
  ++series->count;
}

std::vector<Family> Registry::collect() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<Family> families;
  for (const auto& [name, entry] : state_->entries) {
    Family family{entry.definition, {}};
    for (const auto& [labels, series] : entry.series) {
      family.samples.push_back(sample_of(labels, series, entry.bounds));
    }
    families.push_back(std::move(family));
  }
  return families;
}

std::uint64_t Registry::dropped() const {
  const std::lock_guard lock(state_->mutex);
  return state_->dropped;
}

}  // namespace kernwise::metrics
