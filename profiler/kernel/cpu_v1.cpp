// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/cpu_v1.hpp"

#include <cstdlib>
#include <utility>

#include "common/base/file.hpp"
#include "profiler/kernel/cgroupfs.hpp"
#include "profiler/kernel/process_files.hpp"

namespace kernwise::kernel {
namespace {

constexpr std::size_t kMaxText = 1UL << 20;
constexpr std::uint64_t kNanosecondsPerMicrosecond = 1000;

/// A file that holds one number; -1 (no quota) and anything else is no value.
std::optional<double> positive_number(const std::string& path) {
  const auto text = read_file(path, kMaxText);
  if (!text) return std::nullopt;
  const double value = std::strtod(text->c_str(), nullptr);
  return value > 0 ? std::optional(value) : std::nullopt;
}

}  // namespace

CpuControllerV1::CpuControllerV1(std::string proc_root) : proc_root_(std::move(proc_root)) {
  const auto mounts = read_file(proc_root_ + "/self/mountinfo", kMaxText);
  if (!mounts) return;
  const auto controllers = parse_controllers(*mounts);
  if (const auto found = controllers.find("cpu"); found != controllers.end())
    mount_ = found->second;
}

std::optional<CpuV1> CpuControllerV1::read(std::uint32_t pid) const {
  if (mount_.empty()) return std::nullopt;
  const auto cgroups = read_file(proc_root_ + "/" + std::to_string(pid) + "/cgroup", kMaxText);
  const auto path = cgroups ? controller_path(*cgroups, "cpu") : std::nullopt;
  if (!path) return std::nullopt;
  const auto stat = read_file(mount_ + *path + "/cpu.stat", kMaxText);
  if (!stat) return std::nullopt;
  CpuV1 cpu;
  cpu.periods = number_after(*stat, "nr_periods");
  cpu.throttled_periods = number_after(*stat, "nr_throttled");
  if (const auto held = number_after(*stat, "throttled_time"))
    cpu.throttled_us = *held / kNanosecondsPerMicrosecond;
  const auto quota = positive_number(mount_ + *path + "/cpu.cfs_quota_us");
  const auto period = positive_number(mount_ + *path + "/cpu.cfs_period_us");
  if (quota && period) cpu.limit = *quota / *period;
  return cpu;
}

}  // namespace kernwise::kernel
