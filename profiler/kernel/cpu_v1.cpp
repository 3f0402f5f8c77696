// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/cpu_v1.hpp"

#include <charconv>
#include <utility>

#include "common/base/file.hpp"
#include "profiler/kernel/cgroupfs.hpp"
#include "profiler/kernel/process_files.hpp"

namespace kernwise::kernel {
namespace {

constexpr std::size_t kMaxText = 1UL << 20;
constexpr std::uint64_t kNanosecondsPerMicrosecond = 1000;

constexpr std::size_t kStat = 0, kQuota = 1, kPeriod = 2;  // in the order of their names below

std::string mount_of_cpu(const std::string& proc_root) {
  const auto mounts = read_file(proc_root + "/self/mountinfo", kMaxText);
  if (!mounts) return {};
  const auto controllers = parse_controllers(*mounts);
  const auto found = controllers.find("cpu");
  return found == controllers.end() ? std::string() : found->second;
}

}  // namespace

CpuControllerV1::CpuControllerV1(const std::string& proc_root, std::size_t most)
    : CpuControllerV1(proc_root, mount_of_cpu(proc_root), most) {}

CpuControllerV1::CpuControllerV1(std::string proc_root, std::string mount, std::size_t most)
    : proc_root_(std::move(proc_root)),
      exists_(!mount.empty()),
      files_(std::move(mount), {"cpu.stat", "cpu.cfs_quota_us", "cpu.cfs_period_us"}, most) {}

void CpuControllerV1::look_for(std::uint32_t pid, CpuV1Place& place) const {
  const auto cgroups = read_file(proc_root_ + "/" + std::to_string(pid) + "/cgroup", kMaxText);
  place.path = cgroups ? controller_path(*cgroups, "cpu").value_or("") : std::string();
}

std::optional<double> CpuControllerV1::positive_number(KeptFiles::Directory& directory,
                                                       std::size_t file) {
  const auto text = files_.text(directory, file);
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value > 0 ? std::optional(value) : std::nullopt;
}

std::optional<CpuV1> CpuControllerV1::read(std::uint32_t pid, std::uint64_t start_ns,
                                           CpuV1Place& place) {
  if (!exists_) return std::nullopt;
  if (place.again.due(pid, start_ns)) look_for(pid, place);
  if (place.path.empty()) return std::nullopt;
  auto& directory = files_.at(place.path);
  const auto stat = files_.text(directory, kStat);
  if (stat.empty()) {
    place.again.at_once();
    return std::nullopt;
  }
  CpuV1 cpu;
  cpu.periods = number_after(stat, "nr_periods");
  cpu.throttled_periods = number_after(stat, "nr_throttled");
  if (const auto held = number_after(stat, "throttled_time"))
    cpu.throttled_us = *held / kNanosecondsPerMicrosecond;
  const auto quota = positive_number(directory, kQuota);
  const auto period = positive_number(directory, kPeriod);
  if (quota && period) cpu.limit = *quota / *period;
  return cpu;
}

}  // namespace kernwise::kernel
