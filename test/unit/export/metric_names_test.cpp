// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <set>
#include <string>
#include <vector>

#include "profiler/export/kpod_metrics.hpp"

// The rules of `promtool check metrics` (prometheus/util/promlint), one for one.
namespace kernwise::profiler {
namespace {

std::vector<std::string> words_of(const std::string& name) {
  std::vector<std::string> words;
  std::size_t begin = 0;
  while (begin <= name.size()) {
    const auto end = std::min(name.find('_', begin), name.size());
    words.push_back(name.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

bool any_word(const std::string& name, const std::set<std::string>& of) {
  const auto words = words_of(name);
  return std::any_of(words.begin(), words.end(),
                     [&](const std::string& word) { return of.contains(word); });
}

TEST_CASE("metric names: every one passes the rules of promtool", "[export]") {
  std::set<std::string> seen;
  for (const auto& metric : metric_definitions()) {
    CAPTURE(metric.name);
    CHECK((metric.name.starts_with("kpod_") || metric.name.starts_with("kernwise_")));
    CHECK(metric.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
          std::string::npos);
    CHECK_FALSE(metric.name.ends_with('_'));
    CHECK(seen.insert(metric.name).second);
    CHECK(metric.help.size() > 10);
    CHECK(metric.help.ends_with('.'));
    CHECK(metric.help.find('\n') == std::string::npos);
    CHECK((metric.type == metrics::Type::counter) == metric.name.ends_with("_total"));
    // Suffixes that histograms give their series.
    for (const char* reserved : {"_bucket", "_sum", "_count"}) {
      CHECK_FALSE(metric.name.ends_with(reserved));
    }
    CHECK_FALSE(any_word(metric.name, {"gauge", "counter", "histogram", "summary"}));
    CHECK_FALSE(any_word(metric.name,
                         {"s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "m", "h", "d"}));
    CHECK_FALSE(
        any_word(metric.name, {"milliseconds", "microseconds", "nanoseconds", "minutes", "hours",
                               "kilobytes", "megabytes", "bits", "percent", "percents"}));
    CHECK_FALSE(metric.name.find("__") != std::string::npos);
  }
}

TEST_CASE("metric names: histograms are in seconds", "[export]") {
  for (const auto& metric : metric_definitions()) {
    if (metric.type == metrics::Type::histogram) CHECK(metric.name.ends_with("_seconds"));
  }
}

}  // namespace
}  // namespace kernwise::profiler
