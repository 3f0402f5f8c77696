// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/view/node_memory.hpp"

#include <algorithm>
#include <cmath>

namespace kernwise::view {
namespace {

using placement::PerResource;
using placement::Resource;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kCpu = 0, kDisk = 1, kMemory = 2;
constexpr std::size_t kMostSamples = 64;  ///< 60 s of the shortest window, 1 s
constexpr std::size_t kMostDevices = 64;
constexpr std::size_t kMostContainers = 4096;
constexpr double kStartsThatHurt = 10;  ///< in a minute; from here on churn is full
/// No device answers faster than this when it really works, so a lower p99 is a cache or too few
/// requests; and a device first seen saturated is assumed to be able to answer within 5 ms.
constexpr double kQuietFloorUs = 20, kQuietCeilingUs = 5'000;

double part(double value) {
  return std::isfinite(value) ? std::clamp(value, 0.0, 1.0) : 0.0;
}
double amount(double value) {
  return std::isfinite(value) && value > 0 ? value : 0.0;
}
double ratio(double of, double all) {
  return all > 0 ? part(amount(of) / all) : 0.0;
}

const report::Disk* worst_disk(const report::Report& report) {
  const auto& disks = report.totals.disks;
  const auto worst = std::max_element(
      disks.begin(), disks.end(),
      [](const auto& left, const auto& right) { return amount(left.busy) < amount(right.busy); });
  return worst == disks.end() ? nullptr : &*worst;
}

PerResource load_of(const report::Report& report) {
  const report::Node& node = report.totals;
  const report::Disk* disk = worst_disk(report);
  return {ratio(node.busy, amount(node.cores)), disk == nullptr ? 0 : part(disk->busy),
          ratio(static_cast<double>(node.memory_used_bytes),
                static_cast<double>(node.memory_capacity_bytes))};
}

PerResource capacity_of(const report::Report& report) {
  return {amount(report.totals.cores), static_cast<double>(report.totals.disks.size()),
          static_cast<double>(report.totals.memory_capacity_bytes)};
}

/// The chance that whoever wakes up finds no free CPU: that of one CPU being busy, and of two with
/// two or more, since the scheduler looks for another one than the last.
double crowded(const report::Node& node) {
  const double used = ratio(node.busy, amount(node.cores));
  return amount(node.cores) < 2 ? used : used * used;
}

/// Waiting behind others as a part of what could run. Threads that one event wakes together, like
/// those of a journal's commit, wait for each other while CPUs stand idle; who comes does not, so
/// it counts only as far as the CPUs are busy.
double cpu_contention(const report::Node& node) {
  return ratio(node.contention, amount(node.contention) + amount(node.busy)) * crowded(node);
}

/// Of the system's threads only what they take of the node: most of the others wait for each other
/// for ever, which is no measure of what the node's work suffers from.
double active_of(const report::Report& report) {
  double active = 0;
  for (const Share share : {Share::on_cpu, Share::runqueue, Share::disk, Share::memory}) {
    active += amount(report.system[share]);
  }
  for (const report::Container& container : report.containers) {
    active += amount(container.shares.active());
  }
  return active;
}

/// How much of what the residents do is waiting for each resource. Weighting each by its demand and
/// dividing by the sum is the same as dividing the sums.
PerResource sensitivity_of(const report::Report& report) {
  double runqueue = amount(report.system[Share::runqueue]);
  double disk = amount(report.system[Share::disk]);
  double memory = amount(report.system[Share::memory]);
  for (const report::Container& container : report.containers) {
    runqueue += amount(container.shares[Share::runqueue]);
    disk += amount(container.shares[Share::disk]);
    memory += amount(container.shares[Share::memory]);
  }
  const double active = active_of(report);
  return {ratio(runqueue, active), ratio(disk, active), ratio(memory, active)};
}

}  // namespace

double NodeMemory::inflation(const report::Disk& disk) {
  const double p99 = amount(disk.latency_p99_us);
  if (p99 <= 0) return 0;
  auto known = quiet_p99_us_.find(disk.device);
  if (known == quiet_p99_us_.end()) {
    if (quiet_p99_us_.size() >= kMostDevices) return 0;
    known = quiet_p99_us_.emplace(disk.device, kQuietCeilingUs).first;
  }
  known->second = std::max(kQuietFloorUs, std::min(known->second, p99));
  return part((p99 / known->second - 1) / 9);
}

double NodeMemory::disk_contention(const report::Report& report) {
  double worst = 0;
  for (const report::Disk& disk : report.totals.disks) worst = std::max(worst, inflation(disk));
  return ratio(report.totals.disk_wait, active_of(report)) * worst;
}

double NodeMemory::memory_pressure(const report::Report& report) {
  if (!report.totals.pressure.memory) return 0;
  const std::uint64_t full = report.totals.pressure.memory->full_us;
  const auto before = std::exchange(stalled_, std::pair(report.seq, full));
  if (!before || before->first >= report.seq || before->second > full) return 0;
  // Lost reports widen the time the difference covers.
  const double windows = static_cast<double>(report.seq - before->first);
  return ratio(static_cast<double>(full - before->second), windows * report.window_ms * 1000.0);
}

std::size_t NodeMemory::starts(const report::Report& report, MonoTime now) {
  const bool first_report = minute_.empty() && seen_.empty();
  std::size_t fresh = 0;
  for (const report::Container& container : report.containers) {
    if (seen_.size() >= kMostContainers && !seen_.contains(container.cgroup_id)) continue;
    const auto [entry, added] = seen_.insert_or_assign(container.cgroup_id, now);
    if (added) ++fresh;
  }
  // A container that is quiet for a while is not started again when it wakes up.
  std::erase_if(seen_, [&](const auto& entry) { return now - entry.second > minutes(10); });
  return first_report ? 0 : fresh;
}

void NodeMemory::keep_minute(MonoTime now) {
  while (!minute_.empty() &&
         (now - minute_.front().at > seconds(60) || minute_.size() > kMostSamples)) {
    minute_.pop_front();
  }
}

void NodeMemory::add_history(placement::NodeRow& row) const {
  const auto count = static_cast<double>(minute_.size());
  std::size_t starts = 0;
  for (const Sample& sample : minute_) starts += sample.starts;
  row.churn = part(static_cast<double>(starts) / kStartsThatHurt);
  for (std::size_t r = 0; r < placement::kResources; ++r) {
    double sum = 0, squares = 0;
    for (const Sample& sample : minute_) {
      sum += sample.load[r];
      squares += sample.load[r] * sample.load[r];
    }
    const double mean = sum / count;
    row.deviation[r] = std::sqrt(std::max(0.0, squares / count - mean * mean));
  }
}

placement::NodeRow NodeMemory::observe(const report::Report& report, MonoTime now,
                                       const placement::FilterParams& filter) {
  placement::NodeRow row;
  row.name = report.node;
  row.load = load_of(report);
  row.capacity = capacity_of(report);
  row.sensitivity = sensitivity_of(report);
  row.contention[kCpu] = cpu_contention(report.totals);
  row.contention[kDisk] = disk_contention(report);
  row.contention[kMemory] = memory_pressure(report);
  const std::size_t started = starts(report, now);
  minute_.push_back({now, row.load, started});
  keep_minute(now);
  add_history(row);
  for (std::size_t r = 0; r < placement::kResources; ++r) {
    windows_over_[r] = placement::windows_over(windows_over_[r], row.contention[r],
                                               static_cast<Resource>(r), filter);
  }
  row.windows_over_limit = windows_over_;
  return row;
}

}  // namespace kernwise::view
