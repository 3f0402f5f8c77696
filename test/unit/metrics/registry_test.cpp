// SPDX-License-Identifier: Apache-2.0
#include "common/metrics/registry.hpp"

#include <rapidcheck.h>

#include <catch2/catch_all.hpp>
#include <cmath>
#include <limits>
#include <thread>

#include "test/unit/metrics/exposition.hpp"

namespace kernwise::metrics {
namespace {

Exposition scrape(const std::vector<Family>& families, const Guard& guard = {},
                  std::uint64_t* dropped = nullptr) {
  const std::string text = serialise(families, guard, dropped);
  std::string problem;
  const auto read = read_exposition(text, &problem);
  CAPTURE(text.substr(0, 4096));
  REQUIRE(problem.empty());
  return *read;
}

Family gauge(std::vector<Sample> samples) {
  return {{"kernwise_test", "A gauge.", Type::gauge}, std::move(samples)};
}

}  // namespace

TEST_CASE("serialise: a counter, a gauge and a histogram are these lines", "[metrics]") {
  const std::vector<Family> families{
      {{"a_total", "Counted.", Type::counter}, {{{{"verb", "get"}}, 3}}},
      {{"b_ratio", "Measured.", Type::gauge}, {{{}, 0.5}}},
      {{"c_seconds", "Timed.", Type::histogram},
       {{.labels = {}, .value = 0, .buckets = {{0.1, 1}, {1, 3}}, .sum = 2.5, .count = 4}}}};
  CHECK(serialise(families, {}) ==
        "# HELP a_total Counted.\n# TYPE a_total counter\na_total{verb=\"get\"} 3\n"
        "# HELP b_ratio Measured.\n# TYPE b_ratio gauge\nb_ratio 0.5\n"
        "# HELP c_seconds Timed.\n# TYPE c_seconds histogram\n"
        "c_seconds_count 4\nc_seconds_sum 2.5\n"
        "c_seconds_bucket{le=\"0.1\"} 1\nc_seconds_bucket{le=\"1\"} 3\n"
        "c_seconds_bucket{le=\"+Inf\"} 4\n");
}

TEST_CASE("serialise: what a pod can name does not break the scrape", "[metrics]") {
  const auto [written, shown] = GENERATE(table<std::string, std::string>({
      {"plain", "plain"},
      {"", ""},
      {"a\xFF\xFE", "a\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"over\xC0\xAFlong", "over\xEF\xBF\xBD\xEF\xBF\xBDlong"},
      {"sur\xED\xA0\x80", "sur\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
      {std::string("nul\0nul", 7), "nulnul"},
      {"line\nbreak\r", "linebreak"},
      {"\x1B[31mred", "[31mred"},
      {"rtl\xE2\x80\xAE", "rtl"},
      {R"(quote " and \)", R"(quote \" and \\)"},
      {R"(x",pod="other)", R"(x\",pod=\"other)"},
      {"</script><img onerror=1>", "</script><img onerror=1>"},
  }));
  CAPTURE(written);
  const Exposition found = scrape({gauge({{{{"pod", written}}, 1}})});
  REQUIRE(found.series.size() == 1);
  CHECK(found.series.begin()->first == "kernwise_test{pod=\"" + shown + "\"}");
}

TEST_CASE("serialise: any bytes in any label and help give a valid scrape", "[metrics]") {
  REQUIRE(rc::check("valid for all", [](const std::string& value, const std::string& name,
                                        const std::string& help, double number) {
    const std::vector<Family> families{
        {{"a_total", help, Type::counter}, {{{{"pod", value}}, number}, {{{name, "x"}}, 1}}},
        {{name, help, Type::gauge}, {{{}, number}}}};
    std::string problem;
    RC_ASSERT(read_exposition(serialise(families, {}), &problem).has_value());
  }));
}

TEST_CASE("serialise: HELP stays on one line", "[metrics]") {
  const Exposition found =
      scrape({{{"a", "first\nb 1\nback\\slash\x01\xFF", Type::gauge}, {{{}, 1}}}});
  CHECK(found.help.at("a") == "first\\nb 1\\nback\\\\slash\xEF\xBF\xBD");
  CHECK(found.series.size() == 1);
}

TEST_CASE("serialise: a long value is cut between characters", "[metrics]") {
  const std::string huge(1024 * 1024, 'x');
  const Exposition ascii = scrape({gauge({{{{"pod", huge}}, 1}})});
  CHECK(ascii.series.begin()->first == "kernwise_test{pod=\"" + std::string(256, 'x') + "\"}");
  // 200 x U+00E9 are 400 bytes; 5 bytes hold two of them and no half.
  std::string accents;
  for (int at = 0; at < 200; ++at) accents += "\xC3\xA9";
  const Exposition cut = scrape({gauge({{{{"pod", accents}}, 1}})}, {.max_label_bytes = 5});
  CHECK(cut.series.begin()->first == "kernwise_test{pod=\"\xC3\xA9\xC3\xA9\"}");
}

TEST_CASE("serialise: a flood of series ends at the budget and is counted", "[metrics]") {
  std::vector<Sample> samples;
  for (int pod = 0; pod < 30'000; ++pod) samples.push_back({{{"pod", std::to_string(pod)}}, 1});
  std::uint64_t dropped = 0;
  const Exposition found = scrape({gauge(std::move(samples))}, {}, &dropped);
  CHECK(found.series.size() == 20'000);
  CHECK(dropped == 10'000);
}

TEST_CASE("serialise: a histogram costs all its lines of the budget", "[metrics]") {
  const Sample sample{.labels = {}, .value = 0, .buckets = {{1, 0}, {2, 0}}, .sum = 0, .count = 0};
  const std::vector<Family> families{{{"h", "", Type::histogram}, {sample}}};
  std::uint64_t dropped = 0;
  CHECK(scrape(families, {.max_series = 4}, &dropped).series.empty());
  CHECK(dropped == 1);
  CHECK(scrape(families, {.max_series = 5}, &dropped).series.size() == 5);  // 2 + Inf, sum, count
  CHECK(dropped == 0);
}

TEST_CASE("serialise: names that Prometheus refuses are left out", "[metrics]") {
  const auto [name, kept] = GENERATE(table<std::string, bool>({
      {"pod", true},
      {"_a9", true},
      {"", false},
      {"9a", false},
      {"a-b", false},
      {"a b", false},
      {"a\nb", false},
      {"__name__", false},
      {"p\xC3\xA9", false},
  }));
  CAPTURE(name);
  std::uint64_t dropped = 0;
  const Exposition found = scrape({gauge({{{{name, "x"}}, 1}})}, {}, &dropped);
  CHECK(found.series.size() == (kept ? 1 : 0));
  CHECK(dropped == (kept ? 0 : 1));
}

TEST_CASE("serialise: le belongs to histograms, repeated names and series to nobody", "[metrics]") {
  std::uint64_t dropped = 0;
  const Sample timed{
      .labels = {{"le", "x"}}, .value = 0, .buckets = {{1, 0}}, .sum = 0, .count = 0};
  CHECK(scrape({{{"h", "", Type::histogram}, {timed}}}, {}, &dropped).series.empty());
  CHECK(dropped == 1);
  CHECK(scrape({gauge({{{{"a", "1"}, {"a", "2"}}, 1}})}, {}, &dropped).series.empty());
  CHECK(dropped == 1);
  const Exposition found = scrape(
      {gauge({{{{"a", "1"}, {"b", "2"}}, 1}, {{{"b", "2"}, {"a", "1"}}, 7}}), gauge({{{}, 5}})}, {},
      &dropped);
  CHECK(found.series == std::map<std::string, double>{{R"(kernwise_test{a="1",b="2"})", 1}});
  CHECK(dropped == 2);
}

TEST_CASE("serialise: a histogram that does not add up is left out", "[metrics]") {
  using Buckets = std::vector<std::pair<double, std::uint64_t>>;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto [what, buckets, count, kept] =
      GENERATE_COPY(table<std::string, Buckets, std::uint64_t, bool>({
          {"fine", {{1, 1}, {2, 1}}, 1, true},
          {"no buckets", {}, 1, true},
          {"falling counts", {{1, 2}, {2, 1}}, 2, false},
          {"falling bounds", {{2, 1}, {1, 1}}, 1, false},
          {"equal bounds", {{1, 1}, {1, 1}}, 1, false},
          {"more in a bucket than counted", {{1, 2}}, 1, false},
          {"NaN bound", {{nan, 1}}, 1, false},
      }));
  CAPTURE(what);
  const Sample sample{.labels = {}, .value = 0, .buckets = buckets, .sum = 0, .count = count};
  std::uint64_t dropped = 0;
  scrape({{{"h", "", Type::histogram}, {sample}}}, {}, &dropped);
  CHECK(dropped == (kept ? 0 : 1));
}

TEST_CASE("serialise: values that are no numbers stay values", "[metrics]") {
  const auto infinity = std::numeric_limits<double>::infinity();
  const Exposition found = scrape(
      {gauge({{{{"a", "1"}}, std::nan("")}, {{{"a", "2"}}, infinity}, {{{"a", "3"}}, -infinity}})});
  CHECK(std::isnan(found.series.at(R"(kernwise_test{a="1"})")));
  CHECK(found.series.at(R"(kernwise_test{a="2"})") == infinity);
  CHECK(found.series.at(R"(kernwise_test{a="3"})") == -infinity);
}

TEST_CASE("Registry: counts, sets and observes", "[metrics]") {
  Registry registry;
  const Definition requests{"requests_total", "", Type::counter};
  const Definition queue{"queue", "", Type::gauge};
  const Definition duration{"duration_seconds", "", Type::histogram};
  registry.add(requests, {{"verb", "get"}, {"code", "200"}});
  registry.add(requests, {{"code", "200"}, {"verb", "get"}}, 2);
  registry.set(queue, {}, 5);
  registry.set(queue, {}, 4);
  for (const double value : {0.1, 0.5, 1.0, 7.0}) {
    registry.observe(duration, {}, value, {0.1, 1});
  }
  const Exposition found = scrape(registry.collect());
  CHECK(found.series == std::map<std::string, double>{
                            {R"(requests_total{code="200",verb="get"})", 3},  // 1 + 2
                            {"queue", 4},
                            {R"(duration_seconds_bucket{le="0.1"})", 1},  // a bound is inclusive
                            {R"(duration_seconds_bucket{le="1"})", 3},
                            {R"(duration_seconds_bucket{le="+Inf"})", 4},
                            {"duration_seconds_sum", 8.6},
                            {"duration_seconds_count", 4},
                        });
  CHECK(registry.dropped() == 0);
}

TEST_CASE("Registry: what makes no sense changes nothing and is counted", "[metrics]") {
  Registry registry;
  const Definition counter{"a_total", "", Type::counter};
  registry.add(counter, {}, 1);
  registry.add(counter, {}, -1);
  registry.add(counter, {}, std::nan(""));
  registry.set({"a_total", "", Type::gauge}, {}, 9);
  registry.observe({"b", "", Type::histogram}, {}, std::nan(""), {1});
  registry.observe({"a_total", "", Type::histogram}, {}, 1, {1});
  CHECK(registry.dropped() == 5);
  CHECK(scrape(registry.collect()).series == std::map<std::string, double>{{"a_total", 1}});
}

TEST_CASE("Registry: bounds are those of the first call, made usable", "[metrics]") {
  Registry registry;
  const Definition histogram{"h", "", Type::histogram};
  const double infinity = std::numeric_limits<double>::infinity();
  registry.observe(histogram, {}, 1.5, {2, 1, 2, infinity, std::nan("")});
  registry.observe(histogram, {{"a", "b"}}, 1.5, {10});
  const Exposition found = scrape(registry.collect());
  CHECK(found.series.at(R"(h_bucket{le="1"})") == 0);
  CHECK(found.series.at(R"(h_bucket{le="2"})") == 1);
  CHECK(found.series.at(R"(h_bucket{a="b",le="2"})") == 1);
  CHECK_FALSE(found.series.contains(R"(h_bucket{a="b",le="10"})"));
}

TEST_CASE("Registry: a flood of labels ends at its bound", "[metrics]") {
  Registry registry;
  const Definition counter{"a_total", "", Type::counter};
  for (int at = 0; at < 12'000; ++at) registry.add(counter, {{"pod", std::to_string(at)}});
  CHECK(registry.collect().front().samples.size() == 10'000);
  CHECK(registry.dropped() == 2'000);
  registry.add(counter, {{"pod", "0"}});  // known ones go on
  CHECK(registry.dropped() == 2'000);
}

TEST_CASE("Registry: a series found once counts as one that is looked up", "[metrics]") {
  Registry registry;
  const Definition requests{"requests_total", "", Type::counter};
  const Definition duration{"duration_seconds", "", Type::histogram};
  const Counter counter = registry.counter(requests, {{"a", "b"}});
  const Histogram histogram = registry.histogram(duration, {}, {1});
  registry.add(requests, {{"a", "b"}}, 2);
  registry.observe(duration, {}, 2, {1});
  counter.add();
  counter.add(-1);
  counter.add(std::nan(""));
  histogram.observe(0.5);
  histogram.observe(std::nan(""));
  CHECK(scrape(registry.collect()).series ==
        std::map<std::string, double>{{R"(requests_total{a="b"})", 3},  // 2 + 1
                                      {R"(duration_seconds_bucket{le="1"})", 1},
                                      {R"(duration_seconds_bucket{le="+Inf"})", 2},
                                      {"duration_seconds_sum", 2.5},
                                      {"duration_seconds_count", 2}});
  // Of another type, or of no registry: without effect.
  registry.counter(duration, {}).add();
  registry.histogram(requests, {}, {1}).observe(1);
  Counter().add();
  Histogram().observe(1);
  CHECK(registry.dropped() == 2);
  CHECK(scrape(registry.collect()).series.size() == 5);
}

TEST_CASE("Registry: threads lose no count", "[metrics]") {
  Registry registry;
  const Definition counter{"a_total", "", Type::counter};
  const auto count = [&] {
    const Counter found = registry.counter(counter, {{"a", "b"}});
    for (int at = 0; at < 1000; ++at) {
      registry.add(counter, {{"a", "b"}});
      found.add();
    }
  };
  std::thread other(count);
  count();
  other.join();
  CHECK(registry.collect().front().samples.front().value == 4000);
}

}  // namespace kernwise::metrics
