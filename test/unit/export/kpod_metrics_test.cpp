// SPDX-License-Identifier: Apache-2.0
#include "profiler/export/kpod_metrics.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

#include "common/base/utf8.hpp"
#include "test/unit/export/sample_report.hpp"
#include "test/unit/export/sample_totals.hpp"
#include "test/unit/metrics/exposition.hpp"

namespace kernwise::profiler {
namespace {

using test::add_everything;
using test::of_profile;
using test::one_container;

std::string text_of(const ExportInput& input, const ExportOptions& options = {}) {
  return metrics::serialise(kpod_families(input, options), {});
}

/// The lines of one metric, without comments.
std::string lines_of(const std::string& text, const std::string& name) {
  std::istringstream stream(text);
  std::string lines;
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with(name + "{") || line.starts_with(name + "_")) lines += line + "\n";
  }
  return lines;
}

TEST_CASE("kpod metrics: the golden text of one container", "[export]") {
  auto input = one_container();
  input.report.containers[0].cpu.throttled_us = 250'000;
  input.report.hooks = {{.hook = "sched_switch", .mode = "tp_btf", .reason = ""}};
  input.report.degraded = {"sock_send_length: kernel too old"};
  input.report.totals.disks = {{.device = "254:0", .busy = 0.25}};
  input.report.totals.memory_capacity_bytes = 8'000'000'000;
  input.report.totals.memory_used_bytes = 3'000'000'000;
  input.maps = {{.name = "slots", .entries = 3, .capacity = 512, .bytes = 4096}};
  input.self = {.cpu_seconds = 1.5, .program_seconds = 0.5, .drops = 2};
  input.self.collector_seconds[sense::Collector::requests] = 0.25;
  input.self.shed.set(static_cast<std::size_t>(sense::Shed::requests));
  std::ifstream file(KERNWISE_GOLDEN_METRICS);
  const std::string golden{std::istreambuf_iterator<char>(file), {}};
  CHECK(text_of(input, of_profile(Profile::comprehensive)) == golden);
}

TEST_CASE("kpod metrics: histograms are cumulative and in seconds", "[export]") {
  const auto text = text_of(one_container(), of_profile(Profile::standard, Histograms::full));
  const auto lines = lines_of(text, "kpod_cpu_runqueue_latency_seconds");
  // 19 finite bounds (the last bucket has none), +Inf, sum and count.
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 22);
  for (const char* end : {"le=\"2e-06\"} 5\n", "le=\"1.6e-05\"} 5\n", "le=\"3.2e-05\"} 7\n",
                          "le=\"0.524288\"} 7\n", "le=\"+Inf\"} 8\n"}) {
    CAPTURE(end, lines);
    CHECK(lines.find(end) != std::string::npos);
  }
}

TEST_CASE("kpod metrics: the short forms keep sum and count", "[export]") {
  const auto count = [](Histograms form) {
    const auto lines = lines_of(text_of(one_container(), of_profile(Profile::standard, form)),
                                "kpod_cpu_runqueue_latency_seconds");
    CHECK(lines.find("_count{") != std::string::npos);
    CHECK(lines.find("} 1.5\n") != std::string::npos);
    return std::count(lines.begin(), lines.end(), '\n');
  };
  CHECK(count(Histograms::brief) == 10);   // 7 bounds, +Inf, sum, count
  CHECK(count(Histograms::summary) == 2);  // sum, count
}

TEST_CASE("kpod metrics: what is not counted is absent, never zero", "[export]") {
  auto input = one_container();
  input.totals.clear();
  const auto text = text_of(input);
  CHECK(text.find("kpod_cpu_") == std::string::npos);
  CHECK(text.find("kernwise_container_wait_seconds_total{") == std::string::npos);
  CHECK(text.find("kernwise_container_verdict{") != std::string::npos);
  CHECK(text.find("throttled_seconds") == std::string::npos);
  input.report = {};
  input.report.node = "n1";
  const auto before = text_of(input);
  CHECK(before.find("kernwise_node_") == std::string::npos);
  CHECK(before.find("kernwise_build_info{") != std::string::npos);
}

TEST_CASE("kpod metrics: a page knows when it holds many more series than estimated", "[export]") {
  auto input = one_container();
  input.files.at(101).interfaces.clear();  // as collected in this profile
  input.files.at(101).file_systems.clear();
  const auto options = of_profile(Profile::minimal, Histograms::brief);
  const auto one = series_count(kpod_families(input, options));
  CHECK(one.exported > 0);
  CHECK(one.estimated == static_cast<double>(estimate_series(1, options)));
  CHECK_FALSE(one.exceeded());
  for (std::uint32_t disk = 1; disk <= 8; ++disk) input.totals.at(101).disks[disk];
  const auto many = series_count(kpod_families(input, options));
  CHECK(many.estimated == one.estimated);
  CHECK(many.exported == one.exported + 8 * 4);  // bytes and requests, read and written
  CHECK(many.exceeded());
  CHECK_FALSE(series_count({}).exceeded());
}

TEST_CASE("kpod metrics: the estimate is what is exported", "[export]") {
  const auto [profile, histograms, most] = GENERATE(table<Profile, Histograms, std::size_t>({
      {Profile::minimal, Histograms::brief, 25},
      {Profile::standard, Histograms::brief, 60},
      {Profile::comprehensive, Histograms::brief, 150},
      {Profile::minimal, Histograms::summary, 20},
      {Profile::standard, Histograms::summary, 39},
      {Profile::comprehensive, Histograms::summary, 69},
  }));
  auto options = of_profile(profile, histograms);
  options.syscalls.assign(10, "");
  for (std::size_t i = 0; i < 10; ++i) options.syscalls[i] = "call" + std::to_string(i);
  const auto one = estimate_series(1, options);
  CHECK(one <= most);
  CHECK(estimate_series(100, options) == 100 * one);
  auto input = one_container();
  input.report.containers[0].cpu.throttled_us = 1;
  auto& totals = input.totals.at(101);
  totals.syscalls.assign(10, sense::SyscallTotals(totals.syscalls[0]));
  if (!options.collected.iface) input.files.at(101).interfaces.clear();
  if (!options.collected.fs) input.files.at(101).file_systems.clear();
  const auto with = text_of(input, options);
  std::string problem;
  const auto read = metrics::read_exposition(with, &problem);
  REQUIRE(problem.empty());
  const std::string said = "kernwise_metrics_series{kind=\"exported\",node=\"n1\"}";
  CHECK(read->series.at(said) == static_cast<double>(one));
  input.report.containers.clear();
  const auto without = text_of(input, options);
  const auto series = [](const std::string& text) {
    std::istringstream stream(text);
    std::size_t count = 0;
    for (std::string line; std::getline(stream, line);) count += line.starts_with('#') ? 0 : 1;
    return count;
  };
  CHECK(series(with) - series(without) == one);
}

/// Every series of a text: its name and labels.
std::vector<std::string> series_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> series;
  for (std::string line; std::getline(stream, line);) {
    if (!line.starts_with('#')) series.push_back(line.substr(0, line.rfind(' ')));
  }
  return series;
}

bool all_different(std::vector<std::string> series) {
  std::sort(series.begin(), series.end());
  return std::adjacent_find(series.begin(), series.end()) == series.end();
}

TEST_CASE("kpod metrics: two containers of one name stay two series", "[export]") {
  auto input = one_container();
  auto older = input.report.containers[0];
  older.cgroup_id = 77;
  auto trick = older;  // calls itself what the older one is going to be called
  trick.cgroup_id = 66;
  trick.name.container = "app~77";
  input.report.containers.push_back(older);
  input.report.containers.push_back(trick);
  add_everything(input, 77);
  add_everything(input, 66);
  input.report.hooks = {{"a", "tp_btf", ""}, {"a", "tp_btf", "again"}};
  input.report.degraded = {"x", "x"};
  const auto text = text_of(input);
  CHECK(all_different(series_of(text)));
  const auto sent = lines_of(text, "kpod_net_tcp_bytes_sent_total");
  CHECK(sent.find("container=\"app\"") != std::string::npos);
  CHECK(sent.find("container=\"app~77\"") != std::string::npos);
  CHECK(sent.find("container=\"app~77.2\"") != std::string::npos);
}

/// Whether a line has the form of the text format: comment, or name{labels} value.
bool well_formed(const std::string& line) {
  if (line.starts_with("# HELP ") || line.starts_with("# TYPE ")) return true;
  const auto brace = line.find('{');
  if (brace == 0 || brace == std::string::npos) return false;
  std::size_t at = brace + 1;
  while (at < line.size() && line[at] != '}') {
    const auto quote = line.find("=\"", at);
    if (quote == std::string::npos) return false;
    at = quote + 2;
    while (at < line.size() && line[at] != '"') at += line[at] == '\\' ? 2 : 1;
    ++at;
    if (at < line.size() && line[at] == ',') ++at;
  }
  if (at + 2 > line.size() || line[at] != '}' || line[at + 1] != ' ') return false;
  return line.find_first_not_of("0123456789.+-eINFnaf", at + 2) == std::string::npos;
}

void check_text(const ExportInput& input) {
  const auto text = text_of(input);
  CHECK(is_valid_utf8(text));
  CHECK(all_different(series_of(text)));
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    CAPTURE(line);
    CHECK(well_formed(line));
    CHECK_FALSE(line.starts_with("kpod_evil"));
  }
}

TEST_CASE("kpod metrics: hostile names cannot break the text", "[export]") {
  for (const auto& name : test::hostile_names()) {
    auto input = one_container();
    auto second = input.report.containers[0];
    second.cgroup_id = 102;
    input.report.containers.push_back(second);
    add_everything(input, 102);
    input.report.node = input.report.profiler_version = name;
    input.report.degraded = {name};
    input.report.hooks = {{name, name, name}};
    input.report.totals.disks = {{.device = name}};
    for (auto& one : input.report.containers) {
      one.name.pod = one.name.pod_namespace = one.name.container = name;
      one.pod_uid = one.path = one.container_id = name;
    }
    check_text(input);
  }
}

TEST_CASE("kpod metrics: any names give one series each", "[export]") {
  REQUIRE(rc::check("distinct", [] {
    ExportInput input;
    input.report.window_ms = 5000;
    const auto names = *rc::gen::container<std::vector<std::string>>(
        rc::gen::container<std::string>(rc::gen::elementOf(std::string("a~1.\n\"\\\xff"))));
    for (std::size_t i = 0; i < names.size(); ++i) {
      auto one = test::container("p", {});
      one.name.container = names[i];
      one.cgroup_id = i % 3;
      input.report.containers.push_back(one);
    }
    const auto families = kpod_families(input, {});
    std::uint64_t dropped = 0;
    (void)metrics::serialise(families, {}, &dropped);
    RC_ASSERT(dropped == 0U);
  }));
}

}  // namespace
}  // namespace kernwise::profiler
