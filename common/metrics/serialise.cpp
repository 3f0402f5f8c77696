// SPDX-License-Identifier: Apache-2.0
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <unordered_set>

#include "common/base/utf8.hpp"
#include "common/metrics/registry.hpp"

namespace kernwise::metrics {
namespace {

constexpr std::size_t kMaxHelpBytes = 1024;

bool is_letter(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

bool is_digit(char byte) {
  return byte >= '0' && byte <= '9';
}

bool is_metric_name(std::string_view name) {
  const auto start = [](char byte) { return is_letter(byte) || byte == ':'; };
  return !name.empty() && start(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char byte) { return start(byte) || is_digit(byte); });
}

/// Names with two underscores in front are Prometheus's own.
bool is_label_name(std::string_view name) {
  return !name.empty() && is_letter(name.front()) && !name.starts_with("__") &&
         std::all_of(name.begin(), name.end(),
                     [](char byte) { return is_letter(byte) || is_digit(byte); });
}

/// One line: the library would write a line break as it is, and the next line is then no metric.
std::string help_line(std::string_view help) {
  std::string line;
  for (const char byte : help.substr(0, kMaxHelpBytes)) {
    if (byte == '\n') {
      line.append("\\n");
    } else if (byte == '\\') {
      line.append("\\\\");
    } else {
      line.push_back(byte);
    }
  }
  return printable(line, 2 * kMaxHelpBytes);
}

prometheus::MetricType type_of(Type type) {
  switch (type) {
    case Type::counter:
      return prometheus::MetricType::Counter;
    case Type::gauge:
      return prometheus::MetricType::Gauge;
    case Type::summary:
      return prometheus::MetricType::Summary;
    case Type::histogram:
      break;
  }
  return prometheus::MetricType::Histogram;
}

/// Bounds ascend, cumulative counts do not fall, and all observations are in the last one (+Inf).
bool adds_up(const Sample& sample) {
  double bound = -std::numeric_limits<double>::infinity();
  std::uint64_t below = 0;
  for (const auto& [upper, count] : sample.buckets) {
    if (!std::isfinite(upper) || upper <= bound || count < below) return false;
    bound = upper;
    below = count;
  }
  return sample.count >= below;
}

void set_value(prometheus::ClientMetric& metric, Type type, const Sample& sample) {
  metric.counter.value = type == Type::counter ? sample.value : 0;
  metric.gauge.value = type == Type::gauge ? sample.value : 0;
  if (type == Type::summary) {
    metric.summary.sample_count = sample.count;
    metric.summary.sample_sum = sample.sum;
  }
  if (type != Type::histogram) return;
  metric.histogram.sample_count = sample.count;
  metric.histogram.sample_sum = sample.sum;
  for (const auto& [upper, count] : sample.buckets) {
    metric.histogram.bucket.push_back({count, upper});
  }
}

/// How many lines a sample becomes: a histogram has its buckets, +Inf, the sum and the count.
std::size_t lines_of(Type type, const Sample& sample) {
  if (type == Type::summary) return 2;
  return type == Type::histogram ? sample.buckets.size() + 3 : 1;
}

/// Turns families into what the library may be given.
class Gate {
 public:
  explicit Gate(const Guard& guard) : guard_(guard) {}

  void take(const Family& family) {
    const Definition& definition = family.definition;
    if (!is_metric_name(definition.name) || !names_.insert(definition.name).second) {
      dropped_ += family.samples.size();
      return;
    }
    prometheus::MetricFamily safe;
    safe.name = definition.name;
    safe.help = help_line(definition.help);
    safe.type = type_of(definition.type);
    std::unordered_set<std::string> seen;
    for (const Sample& sample : family.samples) {
      if (!take(definition.type, sample, safe, seen)) ++dropped_;
    }
    if (!safe.metric.empty()) families_.push_back(std::move(safe));
  }

  [[nodiscard]] const std::vector<prometheus::MetricFamily>& families() const { return families_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  bool take(Type type, const Sample& sample, prometheus::MetricFamily& safe,
            std::unordered_set<std::string>& seen) {
    const std::size_t series = lines_of(type, sample);
    if (series > guard_.max_series - used_) return false;
    if (type == Type::histogram && !adds_up(sample)) return false;
    prometheus::ClientMetric metric;
    if (!set_labels(metric, type, sample.labels) || !seen.insert(key_of(metric)).second) {
      return false;
    }
    set_value(metric, type, sample);
    safe.metric.push_back(std::move(metric));
    used_ += series;
    return true;
  }

  bool set_labels(prometheus::ClientMetric& metric, Type type, const Labels& labels) const {
    for (const auto& [name, value] : labels) {
      if (!is_label_name(name) || (type == Type::histogram && name == "le")) return false;
      const auto same = [wanted = std::string_view(name)](const auto& label) {
        return label.name == wanted;
      };
      if (std::any_of(metric.label.begin(), metric.label.end(), same)) return false;
      metric.label.push_back({name, printable(value, guard_.max_label_bytes)});
    }
    return true;
  }

  /// The same for the same labels in any order. No label holds a NUL: printable removes it.
  static std::string key_of(const prometheus::ClientMetric& metric) {
    auto labels = metric.label;
    std::sort(labels.begin(), labels.end());
    std::string key;
    for (const auto& [name, value] : labels) {
      key.append(name).push_back('\0');
      key.append(value).push_back('\0');
    }
    return key;
  }

  const Guard& guard_;
  std::vector<prometheus::MetricFamily> families_;
  std::unordered_set<std::string> names_;
  std::size_t used_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace

std::size_t series_of(const std::vector<Family>& families) {
  std::size_t series = 0;
  for (const auto& family : families) {
    for (const auto& sample : family.samples) series += lines_of(family.definition.type, sample);
  }
  return series;
}

std::string serialise(const std::vector<Family>& families, const Guard& guard,
                      std::uint64_t* dropped) {
  Gate gate(guard);
  for (const Family& family : families) gate.take(family);
  if (dropped != nullptr) *dropped = gate.dropped();
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, gate.families());
  return std::move(text).str();
}

}  // namespace kernwise::metrics
