// SPDX-License-Identifier: Apache-2.0
// The golden test of every kpod metric: name, type, unit and labels as users know them.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "test/unit/export/sample_totals.hpp"
#include "test/unit/metrics/exposition.hpp"

namespace kernwise::profiler {
namespace {

struct Wanted {
  std::string type;
  std::set<std::string> labels;  ///< beside those of the container
};

const std::set<std::string> kContainer = {"namespace", "pod", "container", "node"};

/// The tables of kpod-metrics' README and `profiler.md` 6.1, as Prometheus shows them: dots become
/// underscores, counters end with _total, and the unit is in the name.
const std::map<std::string, Wanted> kTable = {
    {"kpod_cpu_runqueue_latency_seconds", {"histogram", {}}},
    {"kpod_cpu_context_switches_total", {"counter", {"kind"}}},
    {"kpod_net_tcp_bytes_sent_total", {"counter", {}}},
    {"kpod_net_tcp_bytes_received_total", {"counter", {}}},
    {"kpod_net_tcp_retransmits_total", {"counter", {}}},
    {"kpod_net_tcp_connections_total", {"counter", {"direction"}}},
    {"kpod_net_tcp_rtt_seconds", {"histogram", {}}},
    {"kpod_net_tcp_drops_total", {"counter", {}}},
    {"kpod_mem_oom_kills_total", {"counter", {}}},
    {"kpod_mem_major_page_faults_total", {"counter", {}}},
    {"kpod_mem_cgroup_usage_bytes", {"gauge", {}}},
    {"kpod_mem_cgroup_peak_bytes", {"gauge", {}}},
    {"kpod_mem_cgroup_cache_bytes", {"gauge", {}}},
    {"kpod_mem_cgroup_swap_bytes", {"gauge", {}}},
    {"kpod_syscall_count_total", {"counter", {"syscall"}}},
    {"kpod_syscall_errors_total", {"counter", {"syscall"}}},
    {"kpod_syscall_latency_seconds", {"histogram", {"syscall"}}},
    {"kpod_disk_read_bytes_total", {"counter", {"device"}}},
    {"kpod_disk_written_bytes_total", {"counter", {"device"}}},
    {"kpod_disk_reads_total", {"counter", {"device"}}},
    {"kpod_disk_writes_total", {"counter", {"device"}}},
    {"kpod_disk_io_latency_seconds", {"histogram", {"device"}}},
    {"kpod_net_iface_rx_bytes_total", {"counter", {"interface"}}},
    {"kpod_net_iface_tx_bytes_total", {"counter", {"interface"}}},
    {"kpod_net_iface_rx_packets_total", {"counter", {"interface"}}},
    {"kpod_net_iface_tx_packets_total", {"counter", {"interface"}}},
    {"kpod_net_iface_rx_errors_total", {"counter", {"interface"}}},
    {"kpod_net_iface_tx_errors_total", {"counter", {"interface"}}},
    {"kpod_net_iface_rx_drops_total", {"counter", {"interface"}}},
    {"kpod_net_iface_tx_drops_total", {"counter", {"interface"}}},
    {"kpod_fs_capacity_bytes", {"gauge", {"mountpoint"}}},
    {"kpod_fs_usage_bytes", {"gauge", {"mountpoint"}}},
    {"kpod_fs_available_bytes", {"gauge", {"mountpoint"}}},
};

/// Of the node and not of a container.
const std::map<std::string, Wanted> kNodeTable = {
    {"kpod_bpf_map_entries", {"gauge", {"node", "map"}}},
    {"kpod_bpf_map_capacity", {"gauge", {"node", "map"}}},
    {"kpod_bpf_map_update_errors_total", {"counter", {"node", "map"}}},
    {"kpod_cgroup_mode", {"gauge", {"node", "mode"}}},
};

metrics::Exposition scrape(Profile profile, Histograms histograms = Histograms::brief) {
  auto input = test::one_container();
  input.maps = {{.name = "kw_slots", .entries = 3, .capacity = 512, .bytes = 4096}};
  const auto options = test::of_profile(profile, histograms);
  std::string problem;
  const auto read =
      metrics::read_exposition(metrics::serialise(kpod_families(input, options), {}), &problem);
  REQUIRE(problem == "");
  return *read;
}

/// The family a series belongs to: `_bucket`, `_sum` and `_count` are parts of a histogram.
std::string family_of(const std::string& series, const metrics::Exposition& from) {
  const auto name = series.substr(0, series.find('{'));
  for (const char* part : {"_bucket", "_sum", "_count"}) {
    if (!name.ends_with(part)) continue;
    const auto stem = name.substr(0, name.size() - std::string(part).size());
    if (from.types.contains(stem)) return stem;
  }
  return name;
}

/// Names of the labels, without `le`. No value of the sample holds a comma or an equals sign.
std::set<std::string> labels_of(const std::string& series) {
  std::set<std::string> names;
  const auto open = series.find('{');
  if (open == std::string::npos) return names;
  std::istringstream labels(series.substr(open + 1));
  for (std::string each; std::getline(labels, each, ',');) {
    const auto name = each.substr(0, each.find('='));
    if (name != "le") names.insert(name);
  }
  return names;
}

void check_series(const metrics::Exposition& seen, const std::map<std::string, Wanted>& table,
                  const std::set<std::string>& common) {
  for (const auto& [name, wanted] : table) {
    CAPTURE(name);
    REQUIRE(seen.types.contains(name));
    CHECK(seen.types.at(name) == wanted.type);
    CHECK(seen.help.at(name).size() > 10);
  }
  for (const auto& [series, value] : seen.series) {
    const auto found = table.find(family_of(series, seen));
    if (found == table.end()) continue;
    CAPTURE(series);
    auto labels = common;
    labels.insert(found->second.labels.begin(), found->second.labels.end());
    CHECK(labels_of(series) == labels);
  }
}

bool ends_with_unit(const std::string& name) {
  return name.ends_with("_seconds") || name.ends_with("_bytes") || name.ends_with("_total");
}

}  // namespace

TEST_CASE("kpod names: every metric of kpod-metrics is there with its type and labels",
          "[export]") {
  const auto seen = scrape(Profile::comprehensive);
  check_series(seen, kTable, kContainer);
  check_series(seen, kNodeTable, {});
}

TEST_CASE("kpod names: there is no other kpod name, and every unit is in the name", "[export]") {
  for (const auto& metric : metric_definitions()) {
    if (!metric.name.starts_with("kpod_")) continue;
    CAPTURE(metric.name);
    CHECK((kTable.contains(metric.name) || kNodeTable.contains(metric.name)));
    if (kTable.contains(metric.name)) CHECK(ends_with_unit(metric.name));
  }
}

TEST_CASE("kpod names: histograms have true buckets that end where their count is", "[export]") {
  const auto seen = scrape(Profile::comprehensive);
  for (const auto& [name, wanted] : kTable) {
    if (wanted.type != "histogram") continue;
    CAPTURE(name);
    double last = -1, count = -2;
    std::size_t buckets = 0;
    for (const auto& [series, value] : seen.series) {
      if (series.starts_with(name + "_bucket{")) {
        ++buckets;
        if (series.find("le=\"+Inf\"") != std::string::npos) last = value;
      }
      if (series.starts_with(name + "_count{")) count = value;
    }
    CHECK(buckets >= 4);
    CHECK(last == count);
  }
}

TEST_CASE("kpod names: a profile shows what it collects and nothing else", "[export]") {
  const auto has = [](const metrics::Exposition& seen, const char* name) {
    return seen.types.contains(name);
  };
  const auto minimal = scrape(Profile::minimal), standard = scrape(Profile::standard);
  CHECK(has(minimal, "kpod_mem_oom_kills_total"));
  CHECK(has(minimal, "kpod_disk_reads_total"));
  CHECK_FALSE(has(minimal, "kpod_net_tcp_retransmits_total"));
  CHECK_FALSE(has(minimal, "kpod_mem_major_page_faults_total"));
  CHECK(has(standard, "kpod_net_tcp_rtt_seconds"));
  CHECK(has(standard, "kpod_mem_major_page_faults_total"));
  CHECK_FALSE(has(standard, "kpod_syscall_count_total"));
  CHECK_FALSE(has(standard, "kpod_net_tcp_drops_total"));
  const auto summary = scrape(Profile::comprehensive, Histograms::summary);
  CHECK(summary.types.at("kpod_net_tcp_rtt_seconds") == "summary");
  CHECK(summary.types.at("kpod_syscall_latency_seconds") == "summary");
  CHECK_FALSE(has(summary, "kpod_syscall_count_total"));  // its _count says the same
}

}  // namespace kernwise::profiler
