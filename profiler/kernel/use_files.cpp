// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/use_files.hpp"

#include <utility>

#include "common/base/file.hpp"
#include "profiler/kernel/cgroupfs.hpp"
#include "profiler/kernel/process_files.hpp"

namespace kernwise::kernel {
namespace {

constexpr std::size_t kMaxText = 4UL * 1024 * 1024;

// In the order in which the constructor names them.
constexpr std::size_t kIoStat = 0, kMemoryEvents = 1, kProcesses = 2;
constexpr std::size_t kUsage = 0, kMaxUsage = 1, kStat = 2, kOomControl = 3;
constexpr std::size_t kServiceBytes = 0, kServiced = 1;

std::map<std::string, std::string> mounted(const std::string& proc_root) {
  const auto mounts = read_file(proc_root + "/self/mountinfo", kMaxText);
  return mounts ? parse_controllers(*mounts) : std::map<std::string, std::string>{};
}

std::string mount_of(const std::map<std::string, std::string>& controllers, const char* name) {
  const auto found = controllers.find(name);
  return found == controllers.end() ? std::string() : found->second;
}

}  // namespace

UseFiles::UseFiles(UseFilesOptions options, std::size_t most)
    : options_(std::move(options)),
      controllers_(mounted(options_.proc_root)),
      cgroups_(options_.cgroup_root, {"io.stat", "memory.events", "cgroup.procs"}, most),
      memory_(mount_of(controllers_, "memory"),
              {"memory.usage_in_bytes", "memory.max_usage_in_bytes", "memory.stat",
               "memory.oom_control"},
              most),
      block_(mount_of(controllers_, "blkio"),
             {"blkio.throttle.io_service_bytes", "blkio.throttle.io_serviced"}, most) {}

void UseFiles::read(const std::string& path, std::optional<std::uint32_t> pid, UsePlace& place,
                    sense::FileTotals& to) {
  if (options_.counters && !options_.cgroup_root.empty()) {
    auto& cgroup = cgroups_.at(path);
    set_io_stat(to.disks, cgroups_.text(cgroup, kIoStat));
    if (const auto kills = number_after(cgroups_.text(cgroup, kMemoryEvents), "oom_kill"))
      to.oom_kills = kills;
  }
  if (!pid || controllers_.empty()) return;
  if (place.again.due(*pid)) look_for(*pid, place);
  read_version_1(place, to);
}

std::optional<std::uint32_t> UseFiles::first_process(const std::string& path) {
  if (options_.cgroup_root.empty()) return std::nullopt;
  const auto pid = leading_number(cgroups_.text(cgroups_.at(path), kProcesses));
  if (!pid || *pid == 0) return std::nullopt;
  return static_cast<std::uint32_t>(*pid);
}

void UseFiles::forget(const std::string& path, const UsePlace& place) {
  cgroups_.forget(path);
  memory_.forget(place.memory);
  block_.forget(place.block);
}

void UseFiles::look_for(std::uint32_t pid, UsePlace& place) const {
  const auto text = read_file(options_.proc_root + "/" + std::to_string(pid) + "/cgroup", kMaxText);
  const auto path = [&](const char* controller) {
    if (!text || !controllers_.contains(controller)) return std::string();
    return controller_path(*text, controller).value_or("");
  };
  place.memory = path("memory");
  place.block = path("blkio");
}

sense::MemoryUse UseFiles::memory_of(KeptFiles::Directory& directory) {
  sense::MemoryUse memory;
  memory.usage_bytes = leading_number(memory_.text(directory, kUsage));
  if (!memory.usage_bytes) return memory;
  memory.peak_bytes = leading_number(memory_.text(directory, kMaxUsage));
  const auto stat = memory_.text(directory, kStat);
  memory.cache_bytes = number_after(stat, "total_cache");
  memory.swap_bytes = number_after(stat, "total_swap");
  return memory;
}

void UseFiles::read_version_1(const UsePlace& place, sense::FileTotals& to) {
  const bool memory = options_.memory && !to.memory.usage_bytes;
  if (!place.memory.empty() && (memory || options_.counters)) {
    auto& directory = memory_.at(place.memory);
    if (memory) to.memory = memory_of(directory);
    if (options_.counters) {
      if (const auto kills = number_after(memory_.text(directory, kOomControl), "oom_kill"))
        to.oom_kills = kills;
    }
  }
  if (place.block.empty() || !options_.counters) return;
  auto& directory = block_.at(place.block);
  set_blkio(to.disks, block_.text(directory, kServiceBytes), true);
  set_blkio(to.disks, block_.text(directory, kServiced), false);
}

}  // namespace kernwise::kernel
