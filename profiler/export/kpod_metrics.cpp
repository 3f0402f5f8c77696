// SPDX-License-Identifier: Apache-2.0
#include "profiler/export/kpod_metrics.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "profiler/export/collection.hpp"
#include "profiler/export/container_labels.hpp"

namespace kernwise::profiler {
namespace {

void add_reports(Collection& to, const metrics::Labels& node,
                 const std::optional<ReportTotals>& reports) {
  if (!reports) return;
  const auto add = [&](const char* result, std::uint64_t count) {
    to.add(Metric::self_reports, with(node, "result", result), static_cast<double>(count));
  };
  add("sent", reports->sent);
  add("refused", reports->refused);
  add("failed", reports->failed);
  add("dropped", reports->dropped);
  to.add(Metric::self_reports_waiting, node, static_cast<double>(reports->waiting));
}

void add_collectors(Collection& to, const metrics::Labels& node,
                    const sense::ByCollector& seconds) {
  for (std::size_t i = 0; i < sense::kCollectors; ++i) {
    const auto name = std::string(sense::name_of(static_cast<sense::Collector>(i)));
    to.add(Metric::self_collectors, with(node, "collector", name), seconds.each.at(i));
  }
}

void add_valve(Collection& to, const metrics::Labels& node, const SelfTotals& self) {
  to.add(Metric::self_valve, node, static_cast<double>(self.shed.count()));
  for (std::size_t i = 0; i < sense::kSheds; ++i) {
    const auto name = std::string(sense::name_of(static_cast<sense::Shed>(i)));
    to.add(Metric::self_shed, with(node, "what", name), self.shed.test(i) ? 1 : 0);
  }
}

void add_parser(Collection& to, const metrics::Labels& node, const ParserTotals& parser) {
  const std::pair<const char*, std::uint64_t> values[] = {{"asked", parser.asked},
                                                          {"crashed", parser.crashed},
                                                          {"timed_out", parser.timed_out},
                                                          {"failed", parser.failed}};
  for (const auto& [result, count] : values) {
    to.add(Metric::self_parser, with(node, "result", result), static_cast<double>(count));
  }
  to.add(Metric::self_parser_starts, node, static_cast<double>(parser.started));
}

void add_profiler(Collection& to, const ExportInput& input, const ExportOptions& options) {
  const metrics::Labels node = {{"node", input.report.node}};
  for (const auto& map : input.maps) {
    if (map.capacity == 0) continue;  // constants of a program, or storage inside tasks
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
  add_collectors(to, node, input.self.collector_seconds);
  to.add(Metric::self_maps, node, static_cast<double>(self.maps_bytes));
  to.add(Metric::self_resident, node, static_cast<double>(self.resident_bytes));
  to.add(Metric::self_drops, node, static_cast<double>(input.self.drops));
  add_valve(to, node, input.self);
  to.add(Metric::self_cycle, node, input.self.cycle_seconds);
  add_parser(to, node, input.self.parser);
  add_reports(to, node, input.self.reports);
  to.add(Metric::self_samples, node, static_cast<double>(input.self.samples));
  to.add(Metric::untracked, node, static_cast<double>(input.self.untracked));
  to.add(Metric::unknown_roles, node, static_cast<double>(input.self.unknown_roles));
  to.add(Metric::build_info, with(node, "version", input.report.profiler_version), 1);
}

/// What only the kernel programs know of the node now.
void add_node_waits(Collection& to, const metrics::Labels& node, const report::Node& totals) {
  to.add(Metric::node_contention, node, totals.contention);
  to.add(Metric::node_runqueue, node, totals.runqueue);
  to.add(Metric::node_disk_wait, node, totals.disk_wait);
  to.add(Metric::node_memory_wait, node, totals.memory_wait);
  for (const auto& disk : totals.disks) {
    to.add(Metric::node_disk_busy, with(node, "device", disk.device), disk.busy);
  }
}

void add_node(Collection& to, const report::Report& report, const ExportOptions& options) {
  const metrics::Labels node = {{"node", report.node}};
  const auto& totals = report.totals;
  to.add(Metric::node_cores, node, totals.cores);
  to.add(Metric::node_busy, node, totals.busy);
  if (options.kernel_side) add_node_waits(to, node, totals);
  if (totals.memory_capacity_bytes == 0) return;  // not known: no zero
  to.add(Metric::node_memory_used, node, static_cast<double>(totals.memory_used_bytes));
  to.add(Metric::node_memory_capacity, node, static_cast<double>(totals.memory_capacity_bytes));
}

void add_node_totals(Collection& to, const metrics::Labels& node, const NodeTotals& totals,
                     const ExportOptions& options) {
  to.add(Metric::node_major_faults, node, static_cast<double>(totals.major_faults));
  to.add(Metric::node_memory_allocated, node, static_cast<double>(totals.memory_allocated_bytes));
  if (!options.kernel_side) return;
  to.add(Metric::node_switches, with(node, "kind", "voluntary"),
         static_cast<double>(totals.switches_voluntary));
  to.add(Metric::node_switches, with(node, "kind", "involuntary"),
         static_cast<double>(totals.switches_forced));
  const std::pair<Metric, std::uint64_t> values[] = {
      {Metric::node_file_reads, totals.file_reads},
      {Metric::node_file_writes, totals.file_writes},
      {Metric::node_file_read_bytes, totals.file_read_bytes},
      {Metric::node_file_written_bytes, totals.file_written_bytes}};
  for (const auto& [metric, value] : values) to.add(metric, node, static_cast<double>(value));
}

}  // namespace

std::vector<metrics::Family> kpod_families(const ExportInput& input, const ExportOptions& options) {
  Collection collection(options.histograms);
  add_profiler(collection, input, options);
  // Before the first window there is nothing to say of the node; zeros would look like idleness.
  if (input.report.window_ms == 0) return collection.take();
  add_node(collection, input.report, options);
  add_node_totals(collection, {{"node", input.report.node}}, input.node, options);
  const auto labels = container_labels(input.report);
  Collection containers(options.histograms);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto& container = input.report.containers[i];
    const auto id = container.cgroup_id;
    const auto totals = input.totals.find(id);
    const auto files = input.files.find(id);
    add_container(containers, labels[i],
                  {.container = &container,
                   .totals = totals == input.totals.end() ? nullptr : &totals->second,
                   .files = files == input.files.end() ? nullptr : &files->second,
                   .past = input.past.contains(id)},
                  options);
  }
  auto of_containers = containers.take();
  const metrics::Labels node = {{"node", input.report.node}};
  collection.add(Metric::series, with(node, "kind", "estimated"),
                 static_cast<double>(estimate_series(labels.size(), options)));
  collection.add(Metric::series, with(node, "kind", "exported"),
                 static_cast<double>(metrics::series_of(of_containers)));
  auto families = collection.take();
  std::ranges::move(of_containers, std::back_inserter(families));
  return families;
}

SeriesCount series_count(const std::vector<metrics::Family>& page) {
  SeriesCount count;
  const auto name = definition(Metric::series).name;
  for (const auto& family : page) {
    if (family.definition.name != name) continue;
    for (const auto& sample : family.samples) {
      (sample.labels.back().second == "estimated" ? count.estimated : count.exported) =
          sample.value;
    }
  }
  return count;
}

metrics::Family dropped_family(const std::string& node, std::uint64_t dropped) {
  Collection collection(Histograms::brief);
  collection.add(Metric::series_dropped, {{"node", node}}, static_cast<double>(dropped));
  return collection.take().front();
}

std::size_t estimate_series(std::size_t containers, const ExportOptions& options) {
  // Counted, not listed a second time: a container that has everything.
  Collection collection(options.histograms);
  report::Container container;
  container.cpu.throttled_us = 0;
  sense::Totals totals;
  totals.disks[0];
  totals.syscalls.resize(options.syscalls.size());
  for (auto& call : totals.syscalls) call.calls = 1;
  sense::FileTotals files;
  if (!options.kernel_side && options.collected.disk) files.disks[0];
  if (!options.kernel_side && options.collected.oom) files.oom_kills = 0;
  if (options.collected.iface) files.interfaces.emplace_back();
  if (options.collected.fs) files.file_systems.emplace_back();
  if (options.collected.cgroup_memory) files.memory = {0, 0, 0, 0};
  add_container(
      collection, {},
      {.container = &container, .totals = options.kernel_side ? &totals : nullptr, .files = &files},
      options);
  return containers * metrics::series_of(collection.take());
}

std::string device_number(std::uint32_t device) {
  return std::to_string(device >> 16) + ":" + std::to_string(device & 0xffff);
}

}  // namespace kernwise::profiler
