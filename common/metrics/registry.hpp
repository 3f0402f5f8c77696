// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// prometheus-cpp core behind a guard. The library writes invalid UTF-8 labels and unescaped HELP
/// as they come, and Prometheus then drops the whole target; nothing a pod can name may do that.
namespace kernwise::metrics {

using Label = std::pair<std::string, std::string>;
using Labels = std::vector<Label>;

/// A summary is one without quantiles: sum and count.
enum class Type : std::uint8_t { counter, gauge, histogram, summary };

/// What a metric is called and means; the single place is the table of the program that owns it.
struct Definition {
  std::string name;  ///< with unit and `_total` suffix, as exported
  std::string help;
  Type type = Type::gauge;
};

/// One sample of a family at collection time.
struct Sample {
  Labels labels;
  double value = 0;
  // Histograms: cumulative counts for each upper bound (without +Inf), sum and count; summaries the
  // latter two.
  // The initialiser lets gauges and counters be written without naming it.
  // NOLINTNEXTLINE(readability-redundant-member-init)
  std::vector<std::pair<double, std::uint64_t>> buckets = {};
  double sum = 0;
  std::uint64_t count = 0;
};

struct Family {
  Definition definition;
  std::vector<Sample> samples;
};

/// Series that these families are in Prometheus: what they cost there.
[[nodiscard]] std::size_t series_of(const std::vector<Family>& families);

struct Guard {
  std::size_t max_series = 20'000;    ///< over all families; what is over it is counted, not shown
  std::size_t max_label_bytes = 256;  ///< longer values are cut between characters
};

/// Families as Prometheus text format 0.0.4, whatever is in them. Label values become valid UTF-8
/// without controls, HELP becomes one line. Left out and counted in `dropped` (in samples): what is
/// beyond the budget, invalid or repeated metric and label names, `le` on a histogram, a series
/// that was there already, and histograms whose buckets do not add up.
[[nodiscard]] std::string serialise(const std::vector<Family>& families, const Guard& guard,
                                    std::uint64_t* dropped = nullptr);

/// A counter found once: counting is then free of locks, look-ups and memory. Lives as long as its
/// registry; without effect where the registry had no room for it.
class Counter {
 public:
  Counter() = default;
  /// Amounts that are not finite, or negative, count as nothing.
  void add(double amount = 1) const;

 private:
  friend class Registry;
  explicit Counter(std::atomic<double>* value) : value_(value) {}
  std::atomic<double>* value_ = nullptr;
};

/// The same for a histogram.
class Histogram {
 public:
  Histogram() = default;
  /// A value that is not finite counts as none.
  void observe(double value) const;

 private:
  friend class Registry;
  struct Parts;
  explicit Histogram(const Parts* parts) : parts_(parts) {}
  const Parts* parts_ = nullptr;
};

/// Counters, gauges and histograms that live in the program (request counts and durations).
/// Thread-safe. A series is made at first use and kept, up to 10,000 of them; label values are cut
/// as in `Guard`.
class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  [[nodiscard]] Counter counter(const Definition& counter, const Labels& labels);
  /// Upper bounds are those of the first call for that name.
  [[nodiscard]] Histogram histogram(const Definition& histogram, const Labels& labels,
                                    const std::vector<double>& upper_bounds);
  void add(const Definition& counter, const Labels& labels, double amount = 1);
  void set(const Definition& gauge, const Labels& labels, double value);
  void observe(const Definition& histogram, const Labels& labels, double value,
               const std::vector<double>& upper_bounds);
  [[nodiscard]] std::vector<Family> collect() const;
  /// Calls without effect: a series too many, a negative or non-finite amount, a name that is
  /// already of another type.
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  struct Series;
  struct State;
  [[nodiscard]] static Sample sample_of(const Labels& labels, const Series& series);
  void drop();
  std::unique_ptr<State> state_;
};

/// The content type of `serialise`.
inline constexpr const char* kTextFormat = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace kernwise::metrics
