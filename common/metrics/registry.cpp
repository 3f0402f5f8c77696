// SPDX-License-Identifier: Apache-2.0
#include "common/metrics/registry.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <mutex>

#include "common/base/utf8.hpp"

namespace kernwise::metrics {

/// Buckets are not cumulative here. The last one is +Inf, and all together are the count: a reader
/// between two steps of a writer never sees buckets that do not add up.
struct Histogram::Parts {
  const std::vector<double>* bounds = nullptr;
  mutable std::deque<std::atomic<std::uint64_t>> buckets = {};
  mutable std::atomic<double> sum = 0;
};

namespace {

constexpr std::size_t kMaxSeries = 10'000;

/// Summed up by threads that hold no lock.
using Amount = std::atomic<double>;

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

}  // namespace

/// A series while it is counted; it never moves.
struct Registry::Series {
  Amount value = 0;
  Histogram::Parts parts;  ///< of a histogram
};

struct Registry::State {
  struct Entry {
    Definition definition;
    std::vector<double> bounds;
    std::map<Labels, Series> series;
  };

  mutable std::mutex mutex;  ///< guards everything below but what series have counted
  std::map<std::string, Entry, std::less<>> entries;
  std::size_t series = 0;
  std::uint64_t dropped = 0;

  /// The series of these labels, made when it is new; nullptr, and counted, when there are too many
  /// or the name is of another type than `wanted`. `upper_bounds` are those of a new histogram.
  Series* find(const Definition& definition, Type wanted, const Labels& labels,
               const std::vector<double>* upper_bounds = nullptr) {
    Series* const found =
        definition.type == wanted ? find_or_make(definition, labels, upper_bounds) : nullptr;
    if (found == nullptr) ++dropped;
    return found;
  }

 private:
  Series* find_or_make(const Definition& definition, const Labels& labels,
                       const std::vector<double>* upper_bounds) {
    auto found = entries.find(definition.name);
    if (found == entries.end()) {
      if (series >= kMaxSeries) return nullptr;
      found = entries
                  .emplace(std::piecewise_construct, std::forward_as_tuple(definition.name),
                           std::forward_as_tuple())
                  .first;
      found->second.definition = definition;
      if (upper_bounds != nullptr) found->second.bounds = usable(*upper_bounds);
    }
    Entry& entry = found->second;
    if (entry.definition.type != definition.type) return nullptr;
    Labels key = kept(labels);
    if (const auto known = entry.series.find(key); known != entry.series.end()) {
      return &known->second;
    }
    if (series >= kMaxSeries) return nullptr;
    ++series;
    Series& made = entry.series[std::move(key)];
    made.parts.bounds = &entry.bounds;
    made.parts.buckets.resize(entry.bounds.size() + 1);
    return &made;
  }
};

void Counter::add(double amount) const {
  if (value_ == nullptr || !std::isfinite(amount) || amount < 0) return;
  value_->fetch_add(amount, std::memory_order_relaxed);
}

void Histogram::observe(double value) const {
  if (parts_ == nullptr || !std::isfinite(value)) return;
  const std::vector<double>& bounds = *parts_->bounds;
  const auto bound = std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin();
  parts_->buckets[static_cast<std::size_t>(bound)].fetch_add(1, std::memory_order_relaxed);
  parts_->sum.fetch_add(value, std::memory_order_relaxed);
}

Registry::Registry() : state_(std::make_unique<State>()) {}
Registry::~Registry() = default;

Counter Registry::counter(const Definition& counter, const Labels& labels) {
  const std::lock_guard lock(state_->mutex);
  Series* const series = state_->find(counter, Type::counter, labels);
  return Counter(series == nullptr ? nullptr : &series->value);
}

Histogram Registry::histogram(const Definition& histogram, const Labels& labels,
                              const std::vector<double>& upper_bounds) {
  const std::lock_guard lock(state_->mutex);
  Series* const series = state_->find(histogram, Type::histogram, labels, &upper_bounds);
  return Histogram(series == nullptr ? nullptr : &series->parts);
}

void Registry::add(const Definition& counter, const Labels& labels, double amount) {
  if (!std::isfinite(amount) || amount < 0) return drop();
  this->counter(counter, labels).add(amount);
}

void Registry::set(const Definition& gauge, const Labels& labels, double value) {
  const std::lock_guard lock(state_->mutex);
  Series* const series = state_->find(gauge, Type::gauge, labels);
  if (series != nullptr) series->value = value;
}

void Registry::observe(const Definition& histogram, const Labels& labels, double value,
                       const std::vector<double>& upper_bounds) {
  if (!std::isfinite(value)) return drop();
  this->histogram(histogram, labels, upper_bounds).observe(value);
}

void Registry::drop() {
  const std::lock_guard lock(state_->mutex);
  ++state_->dropped;
}

Sample Registry::sample_of(const Labels& labels, const Series& series) {
  const Histogram::Parts& parts = series.parts;
  Sample sample{.labels = labels, .value = series.value, .sum = parts.sum};
  for (std::size_t at = 0; at < parts.buckets.size(); ++at) {
    sample.count += parts.buckets[at];
    if (at < parts.bounds->size()) sample.buckets.emplace_back((*parts.bounds)[at], sample.count);
  }
  return sample;
}

std::vector<Family> Registry::collect() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<Family> families;
  for (const auto& [name, entry] : state_->entries) {
    Family family{entry.definition, {}};
    for (const auto& [labels, series] : entry.series) {
      family.samples.push_back(sample_of(labels, series));
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
