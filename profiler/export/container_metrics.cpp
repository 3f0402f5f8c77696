// SPDX-License-Identifier: Apache-2.0
// The families of one container.
#include "profiler/export/collection.hpp"
#include "profiler/export/display.hpp"

namespace kernwise::profiler {
namespace {

constexpr double kMicrosecond = 1e-6;

void add_cpu(Collection& to, const metrics::Labels& labels, const sense::Totals& totals) {
  to.add(Metric::runqueue_latency, labels, totals.runqueue);
  to.add(Metric::context_switches, with(labels, "kind", "voluntary"),
         static_cast<double>(totals.switches_voluntary));
  to.add(Metric::context_switches, with(labels, "kind", "involuntary"),
         static_cast<double>(totals.switches_forced));
}

void add_tcp(Collection& to, const metrics::Labels& labels, const sense::Totals& totals,
             const ExportOptions& options) {
  if (options.tcp_bytes) {
    to.add(Metric::tcp_sent, labels, static_cast<double>(totals.tcp_sent_bytes));
    to.add(Metric::tcp_received, labels, static_cast<double>(totals.tcp_received_bytes));
  }
  to.add(Metric::tcp_retransmits, labels, static_cast<double>(totals.retransmits));
  to.add(Metric::tcp_connections, with(labels, "direction", "inbound"),
         static_cast<double>(totals.connections_inbound));
  to.add(Metric::tcp_connections, with(labels, "direction", "outbound"),
         static_cast<double>(totals.connections_outbound));
  to.add(Metric::tcp_rtt, labels, totals.rtt);
}

using Disks = std::map<std::uint32_t, sense::DiskTotals>;

void add_disks(Collection& to, const metrics::Labels& labels, const Disks& disks, bool latency,
               const ExportOptions& options) {
  for (const auto& [device, disk] : disks) {
    const auto name = options.device_names.find(device);
    const auto of_disk =
        with(labels, "device",
             name != options.device_names.end() ? name->second : device_number(device));
    to.add(Metric::disk_read_bytes, of_disk, static_cast<double>(disk.read_bytes));
    to.add(Metric::disk_written_bytes, of_disk, static_cast<double>(disk.written_bytes));
    to.add(Metric::disk_reads, of_disk, static_cast<double>(disk.reads));
    to.add(Metric::disk_writes, of_disk, static_cast<double>(disk.writes));
    if (latency) to.add(Metric::disk_latency, of_disk, disk.latency);
  }
}

void add_syscalls(Collection& to, const metrics::Labels& labels, const sense::Totals& totals,
                  const ExportOptions& options) {
  for (std::size_t i = 0; i < options.syscalls.size() && i < totals.syscalls.size(); ++i) {
    const auto& call = totals.syscalls[i];
    if (call.calls == 0) continue;  // most containers use a few of them only
    const auto of_call = with(labels, "syscall", options.syscalls[i]);
    // In the short form the `_count` of the latency says the same.
    if (options.histograms != Histograms::summary) {
      to.add(Metric::syscall_count, of_call, static_cast<double>(call.calls));
    }
    to.add(Metric::syscall_errors, of_call, static_cast<double>(call.errors));
    to.add(Metric::syscall_latency, of_call, call.latency, Buckets::few);
  }
}

void add_waits(Collection& to, const metrics::Labels& of_container, const std::string& workload,
               const sense::Totals& totals) {
  // What a workload did before is looked up by it; a label more is no series more.
  const auto labels = workload.empty() ? of_container : with(of_container, "workload", workload);
  for (std::size_t i = 0; i < kShareCount; ++i) {
    const auto share = static_cast<Share>(i);
    if (share == Share::throttled) continue;  // within runqueue here; it has its own metric
    to.add(Metric::wait_seconds, with(labels, "share", std::string(name_of(share))),
           totals.share_seconds[i]);
  }
}

void add_kernel_side(Collection& to, const metrics::Labels& labels, const std::string& workload,
                     const sense::Totals& totals, const ExportOptions& options) {
  const auto& collected = options.collected;
  if (collected.cpu) add_cpu(to, labels, totals);
  if (collected.tcp) add_tcp(to, labels, totals, options);
  if (collected.packets) to.add(Metric::tcp_drops, labels, static_cast<double>(totals.drops));
  if (collected.oom) to.add(Metric::oom_kills, labels, static_cast<double>(totals.oom_kills));
  if (collected.faults) {
    to.add(Metric::major_faults, labels, static_cast<double>(totals.major_faults));
  }
  if (collected.syscalls) add_syscalls(to, labels, totals, options);
  if (collected.disk) add_disks(to, labels, totals.disks, collected.disk_latency, options);
  // kpod-metrics has no such metric, and the short form is for those who count every series.
  if (collected.waits && options.histograms != Histograms::summary) {
    add_waits(to, labels, workload, totals);
  }
}

void add_interfaces(Collection& to, const metrics::Labels& labels, const sense::FileTotals& files) {
  for (const auto& interface : files.interfaces) {
    const auto of_one = with(labels, "interface", interface.name);
    const std::pair<Metric, std::uint64_t> values[] = {
        {Metric::iface_rx_bytes, interface.received.bytes},
        {Metric::iface_tx_bytes, interface.sent.bytes},
        {Metric::iface_rx_packets, interface.received.packets},
        {Metric::iface_tx_packets, interface.sent.packets},
        {Metric::iface_rx_errors, interface.received.errors},
        {Metric::iface_tx_errors, interface.sent.errors},
        {Metric::iface_rx_drops, interface.received.drops},
        {Metric::iface_tx_drops, interface.sent.drops}};
    for (const auto& [metric, value] : values) to.add(metric, of_one, static_cast<double>(value));
  }
}

void add_files(Collection& to, const metrics::Labels& labels, const sense::FileTotals& files) {
  add_interfaces(to, labels, files);
  for (const auto& system : files.file_systems) {
    const auto of_one = with(labels, "mountpoint", system.mountpoint);
    to.add(Metric::fs_capacity, of_one, static_cast<double>(system.capacity_bytes));
    to.add(Metric::fs_usage, of_one, static_cast<double>(system.used_bytes));
    to.add(Metric::fs_available, of_one, static_cast<double>(system.available_bytes));
  }
  const auto& memory = files.memory;
  const std::pair<Metric, std::optional<std::uint64_t>> values[] = {
      {Metric::memory_usage, memory.usage_bytes},
      {Metric::memory_peak, memory.peak_bytes},
      {Metric::memory_cache, memory.cache_bytes},
      {Metric::memory_swap, memory.swap_bytes}};
  for (const auto& [metric, value] : values) {
    if (value) to.add(metric, labels, static_cast<double>(*value));
  }
}

/// What the kernel side counts where it runs.
void add_counters_of_files(Collection& to, const metrics::Labels& labels,
                           const sense::FileTotals& files, const ExportOptions& options) {
  add_disks(to, labels, files.disks, false, options);
  if (files.oom_kills) to.add(Metric::oom_kills, labels, static_cast<double>(*files.oom_kills));
}

}  // namespace

void add_container(Collection& to, const metrics::Labels& labels, const ContainerView& view,
                   const ExportOptions& options) {
  const auto& container = *view.container;
  if (view.totals) {
    add_kernel_side(to, labels, shown(container).workload, *view.totals, options);
  }
  if (view.files) add_files(to, labels, *view.files);
  if (view.files && !view.totals) add_counters_of_files(to, labels, *view.files, options);
  if (container.cpu.throttled_us) {
    to.add(Metric::throttled_seconds, labels,
           static_cast<double>(*container.cpu.throttled_us) * kMicrosecond);
  }
  if (view.past) return;
  to.add(Metric::verdict, with(labels, "verdict", std::string(name_of(container.verdict))), 1);
  to.add(Metric::confidence, labels, container.confidence);
}

}  // namespace kernwise::profiler
