// SPDX-License-Identifier: Apache-2.0
#include "profiler/export/kpod_metrics.hpp"

#include <array>
#include <set>
#include <utility>

#include "profiler/export/container_labels.hpp"
#include "profiler/export/metric_table.hpp"

namespace kernwise::profiler {
namespace {

constexpr double kNanosecond = 1e-9;
constexpr double kMicrosecond = 1e-6;

/// Buckets of the short form: 16 us, 64 us, 256 us, 1 ms, 4 ms, 16 ms, 66 ms, 262 ms.
bool is_kept(std::size_t bucket, Histograms form) {
  switch (form) {
    case Histograms::full:
      return true;
    case Histograms::brief:
      return bucket >= 3 && bucket <= 17 && bucket % 2 == 1;
    case Histograms::summary:
      return false;
  }
  return false;
}

/// Collects samples by metric, in the order of the table.
class Collection {
 public:
  void add(Metric metric, metrics::Labels labels, double value) {
    samples_[static_cast<std::size_t>(metric)].push_back(
        {.labels = std::move(labels), .value = value});
  }
  void add(Metric metric, metrics::Labels labels, const sense::Histogram& from, Histograms form) {
    metrics::Sample sample{.labels = std::move(labels)};
    for (std::size_t k = 0; k < from.counts.size(); ++k) {
      sample.count += from.counts[k];
      // The last bucket also counts everything above, so only +Inf may say how much that is.
      if (k + 1 == from.counts.size() || !is_kept(k, form)) continue;
      const auto upper_us = static_cast<double>(std::uint64_t{1} << (k + 1));
      sample.buckets.emplace_back(upper_us * kMicrosecond, sample.count);
    }
    sample.sum = static_cast<double>(from.sum_ns) * kNanosecond;
    samples_[static_cast<std::size_t>(metric)].push_back(std::move(sample));
  }
  [[nodiscard]] std::vector<metrics::Family> take() {
    std::vector<metrics::Family> families;
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      if (samples_[i].empty()) continue;
      families.push_back({definition(static_cast<Metric>(i)), std::move(samples_[i])});
    }
    return families;
  }

 private:
  std::array<std::vector<metrics::Sample>, kMetricCount> samples_;
};

metrics::Labels with(metrics::Labels labels, const char* name, std::string value) {
  labels.emplace_back(name, std::move(value));
  return labels;
}

void add_cpu(Collection& to, const metrics::Labels& labels, const sense::Totals& totals,
             const ExportOptions& options) {
  to.add(Metric::runqueue_latency, labels, totals.runqueue, options.histograms);
  to.add(Metric::context_switches, with(labels, "kind", "voluntary"),
         static_cast<double>(totals.switches_voluntary));
  to.add(Metric::context_switches, with(labels, "kind", "involuntary"),
         static_cast<double>(totals.switches_forced));
}

void add_tcp(Collection& to, const metrics::Labels& labels, const sense::Totals& totals) {
  to.add(Metric::tcp_sent, labels, static_cast<double>(totals.tcp_sent_bytes));
  to.add(Metric::tcp_received, labels, static_cast<double>(totals.tcp_received_bytes));
  to.add(Metric::tcp_connections, with(labels, "direction", "inbound"),
         static_cast<double>(totals.connections_inbound));
  to.add(Metric::tcp_connections, with(labels, "direction", "outbound"),
         static_cast<double>(totals.connections_outbound));
}

void add_disk(Collection& to, const metrics::Labels& labels, const sense::Totals& totals) {
  // The kernel side adds up all devices of a container. A device that changes from window to window
  // must not carry a sum that does not.
  const auto all = with(labels, "device", "all");
  to.add(Metric::disk_read_bytes, all, static_cast<double>(totals.disk_read_bytes));
  to.add(Metric::disk_written_bytes, all, static_cast<double>(totals.disk_written_bytes));
  to.add(Metric::disk_reads, all, static_cast<double>(totals.disk_reads));
  to.add(Metric::disk_writes, all, static_cast<double>(totals.disk_writes));
}

void add_waits(Collection& to, const metrics::Labels& labels, const sense::Totals& totals,
               const ExportOptions& options) {
  to.add(Metric::disk_latency, with(labels, "direction", "read"), totals.disk_read,
         options.histograms);
  to.add(Metric::disk_latency, with(labels, "direction", "write"), totals.disk_write,
         options.histograms);
  for (std::size_t i = 0; i < kShareCount; ++i) {
    const auto share = static_cast<Share>(i);
    if (share == Share::throttled) continue;  // within runqueue here; it has its own metric
    to.add(Metric::wait_seconds, with(labels, "share", std::string(name_of(share))),
           totals.share_seconds[i]);
  }
}

void add_container(Collection& to, const metrics::Labels& labels,
                   const report::Container& container, const sense::Totals* totals,
                   const ExportOptions& options) {
  const bool detailed = options.profile != Profile::minimal;
  if (totals != nullptr) {
    add_cpu(to, labels, *totals, options);
    add_disk(to, labels, *totals);
    if (detailed) add_tcp(to, labels, *totals);
    if (detailed) add_waits(to, labels, *totals, options);
  }
  if (container.cpu.throttled_us) {
    to.add(Metric::throttled_seconds, labels,
           static_cast<double>(*container.cpu.throttled_us) * kMicrosecond);
  }
}

/// What holds now; a container that ended has none of it.
void add_present(Collection& to, const metrics::Labels& labels,
                 const report::Container& container) {
  to.add(Metric::verdict, with(labels, "verdict", std::string(name_of(container.verdict))), 1);
  to.add(Metric::confidence, labels, container.confidence);
}

void add_profiler(Collection& to, const ExportInput& input, const ExportOptions& options) {
  const metrics::Labels node = {{"node", input.report.node}};
  for (const auto& map : input.maps) {
    const auto labels = with(node, "map", map.name);
    to.add(Metric::map_entries, labels, static_cast<double>(map.entries));
    to.add(Metric::map_capacity, labels, static_cast<double>(map.capacity));
    to.add(Metric::map_errors, labels, static_cast<double>(map.update_errors));
  }
  to.add(Metric::cgroup_mode, with(node, "mode", options.cgroup_mode), 1);
  std::set<std::pair<std::string, std::string>> hooks;
  for (const auto& hook : input.report.hooks) {
    if (!hooks.insert({hook.hook, hook.mode}).second) continue;
    to.add(Metric::hook_state, with(with(node, "hook", hook.hook), "mode", hook.mode), 1);
  }
  const std::set<std::string> reasons(input.report.degraded.begin(), input.report.degraded.end());
  for (const auto& reason : reasons) to.add(Metric::degraded, with(node, "reason", reason), 1);
  const auto& self = input.report.totals.self;
  to.add(Metric::self_cpu, node, input.self.cpu_seconds);
  to.add(Metric::self_programs, node, input.self.program_seconds);
  to.add(Metric::self_maps, node, static_cast<double>(self.maps_bytes));
  to.add(Metric::self_resident, node, static_cast<double>(self.resident_bytes));
  to.add(Metric::self_drops, node, static_cast<double>(input.self.drops));
  to.add(Metric::build_info, with(node, "version", input.report.profiler_version), 1);
}

void add_node(Collection& to, const report::Report& report) {
  const metrics::Labels node = {{"node", report.node}};
  const auto& totals = report.totals;
  to.add(Metric::node_cores, node, totals.cores);
  to.add(Metric::node_busy, node, totals.busy);
  to.add(Metric::node_contention, node, totals.contention);
  to.add(Metric::node_runqueue, node, totals.runqueue);
  to.add(Metric::node_disk_wait, node, totals.disk_wait);
  to.add(Metric::node_memory_wait, node, totals.memory_wait);
  for (const auto& disk : totals.disks) {
    to.add(Metric::node_disk_busy, with(node, "device", disk.device), disk.busy);
  }
  if (totals.memory_capacity_bytes == 0) return;  // not known: no zero
  to.add(Metric::node_memory_used, node, static_cast<double>(totals.memory_used_bytes));
  to.add(Metric::node_memory_capacity, node, static_cast<double>(totals.memory_capacity_bytes));
}

std::size_t lines_of(const std::vector<metrics::Family>& families) {
  std::size_t lines = 0;
  for (const auto& family : families) {
    for (const auto& sample : family.samples) {
      const bool histogram = family.definition.type == metrics::Type::histogram;
      lines += histogram ? sample.buckets.size() + 3 : 1;
    }
  }
  return lines;
}

}  // namespace

std::vector<metrics::Family> kpod_families(const ExportInput& input, const ExportOptions& options) {
  Collection collection;
  add_profiler(collection, input, options);
  // Before the first window there is nothing to say of the node; zeros would look like idleness.
  if (input.report.window_ms == 0) return collection.take();
  add_node(collection, input.report);
  const auto labels = container_labels(input.report);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto& container = input.report.containers[i];
    const auto totals = input.totals.find(container.cgroup_id);
    add_container(collection, labels[i], container,
                  totals == input.totals.end() ? nullptr : &totals->second, options);
    if (!input.past.contains(container.cgroup_id)) {
      add_present(collection, labels[i], container);
    }
  }
  return collection.take();
}

std::size_t estimate_series(std::size_t containers, const ExportOptions& options) {
  // Counted, not listed a second time: a container that has everything.
  Collection collection;
  report::Container container;
  container.cpu.throttled_us = 0;
  const sense::Totals totals;
  add_container(collection, {}, container, &totals, options);
  add_present(collection, {}, container);
  return containers * lines_of(collection.take());
}

}  // namespace kernwise::profiler
