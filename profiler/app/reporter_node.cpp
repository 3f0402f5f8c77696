// SPDX-License-Identifier: Apache-2.0
// The node's side of a report: totals, disks, the aggregate, the profiler's own cost.
#include <numeric>

#include "profiler/app/reporter.hpp"
#include "profiler/app/reporter_state.hpp"

namespace kernwise::profiler {
namespace {

const kw_disk* disk_of(const kernel::KernelReading& reading, std::uint32_t device) {
  for (const auto& [number, disk] : reading.disks) {
    if (number == device) return &disk;
  }
  return nullptr;
}

std::uint64_t errors_of(const kw_globals& globals) {
  return std::accumulate(std::begin(globals.errors), std::end(globals.errors), std::uint64_t{0});
}

void add_disks(report::Node& node, const kernel::KernelReading& before,
               const kernel::KernelReading& now) {
  for (const auto& [device, disk] : now.disks) {
    const auto* old = disk_of(before, device);
    const kw_disk start = old ? *old : kw_disk{};
    node.disks.push_back(sense::disk_between(device, start, disk, before.at_ns, now.at_ns));
    node.file_reads += sense::grown(start.ops[0], disk.ops[0]);
    node.file_writes += sense::grown(start.ops[1], disk.ops[1]);
    node.file_read_bytes += sense::grown(start.bytes[0], disk.bytes[0]);
    node.file_written_bytes += sense::grown(start.bytes[1], disk.bytes[1]);
  }
}

}  // namespace

Reporter::WindowView::WindowView(const kernel::KernelReading& now,
                                 const kernel::KernelReading& before, double seconds)
    : now_(now), seconds_(seconds) {
  for (const auto& [slot, values] : now.slots) slots_[slot] = &values;
  for (const auto& peer : now.peers) peers_[peer.key.slot].push_back(peer);
  for (const auto& pair : now.culprits) culprits_[pair.key.victim].push_back(pair);
  double busiest = 0;
  for (const auto& [device, disk] : now.disks) {
    const auto* old = disk_of(before, device);
    const auto window =
        sense::disk_between(device, old ? *old : kw_disk{}, disk, before.at_ns, now.at_ns);
    if (window.busy <= busiest && !device_.empty()) continue;
    busiest = window.busy;
    device_ = window.device;
  }
}

Reporter::Window Reporter::WindowView::of(std::uint32_t slot) const {
  Window window;
  window.counters = &now_;
  window.reading.at_ns = now_.at_ns;
  if (const auto found = slots_.find(slot); found != slots_.end()) {
    window.reading.slot = *found->second;
  }
  if (const auto found = peers_.find(slot); found != peers_.end()) window.peers = found->second;
  if (const auto found = culprits_.find(slot); found != culprits_.end())
    window.culprits = found->second;
  window.device = device_;
  window.seconds = seconds_;
  return window;
}

sense::ShareWindow Reporter::system_window(const WindowView& view) {
  auto& history = history_[KW_SYSTEM_SLOT];
  const auto window = view.of(KW_SYSTEM_SLOT);
  const auto shares = sense::shares_between(history.reading, window.reading, {});
  sense::add_window(history.totals, history.reading, window.reading, shares);
  history.reading = window.reading;
  return shares;
}

/// Before any container's files are read: what they say later in this window cannot be older.
void Reporter::see_node(const kernel::NodeCounters& counters) {
  const auto& now = counters.pressure;
  const auto last = last_node_ ? last_node_->pressure : report::PressureSet{};
  io_stalled_ = !now.io || now.io != last.io;
  memory_stalled_ = !now.memory || now.memory != last.memory;
  last_node_ = counters;
}

report::Node Reporter::node_totals(const kernel::KernelReading& reading, double seconds) {
  report::Node node;
  io_stalled_ = memory_stalled_ = true;  // until the node says otherwise
  if (auto counters = kernel::read_node(options_.proc_root)) {
    node.cores = counters->cores;
    node.memory_capacity_bytes = counters->memory_capacity_bytes;
    node.memory_used_bytes =
        sense::grown(counters->memory_available_bytes, counters->memory_capacity_bytes);
    node.pressure = counters->pressure;
    if (last_node_ && seconds > 0) {
      node.busy = std::max(0.0, counters->busy_seconds - last_node_->busy_seconds) / seconds;
      node.major_faults = sense::grown(last_node_->major_faults, counters->major_faults);
      node.memory_allocated_bytes =
          sense::grown(last_node_->memory_allocated_bytes, counters->memory_allocated_bytes);
    }
    see_node(*counters);
  }
  node.switches_voluntary = sense::grown(last_.switches[0], reading.switches[0]);
  node.switches_forced = sense::grown(last_.switches[1], reading.switches[1]);
  add_disks(node, last_, reading);
  const auto self = kernel::read_self();
  if (last_self_) node.self.cpu_ns = sense::grown(last_self_->cpu_ns, self.cpu_ns);
  node.self.resident_bytes = self.resident_bytes;
  node.self.drops = errors_of(reading.globals);
  for (const auto& use : map_use()) node.self.maps_bytes += use.bytes;
  last_self_ = self;
  return node;
}

Standing Reporter::standing(std::uint64_t cgroup_id) const {
  const auto* container = table_.find(cgroup_id);
  if (!container) return {};
  Standing standing{.known = true,
                    .gone = container->gone_at_window.has_value(),
                    .excluded = container->excluded};
  const auto history = history_.find(container->slot);
  const bool counts = sources_.counters != nullptr && history != history_.end();
  if (counts) standing.totals = &history->second.totals;
  return standing;
}

std::optional<std::uint32_t> Reporter::leader(std::uint64_t cgroup_id) const {
  const auto* container = table_.find(cgroup_id);
  const auto found = container ? leader_.find(container->slot) : leader_.end();
  return found == leader_.end() ? std::nullopt : std::optional(found->second.tgid);
}

sense::MemoryUse Reporter::memory(std::uint64_t cgroup_id) const {
  const auto* container = table_.find(cgroup_id);
  const auto found = container ? history_.find(container->slot) : history_.end();
  return found == history_.end() ? sense::MemoryUse{} : found->second.files.memory;
}

std::vector<sense::MapUse> Reporter::map_use() const {
  return sources_.counters ? sources_.counters->map_use() : std::vector<sense::MapUse>{};
}

}  // namespace kernwise::profiler
