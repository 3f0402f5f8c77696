// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/file_collector.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "common/base/file.hpp"
#include "profiler/kernel/cgroupfs.hpp"

namespace kernwise::profiler {
namespace {

constexpr std::size_t kMaxMountinfo = 4UL * 1024 * 1024;

std::optional<std::uint64_t> namespace_of(const std::string& process, const char* kind) {
  struct stat status{};
  if (::stat((process + "/ns/" + kind).c_str(), &status) != 0) return std::nullopt;
  return status.st_ino;
}

/// The first process of a cgroup.
std::optional<std::uint32_t> first_process(const std::string& cgroup) {
  const auto text = read_file(cgroup + "/cgroup.procs");
  if (!text) return std::nullopt;
  std::uint32_t pid = 0;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), pid);
  if (parsed.ec != std::errc() || pid == 0) return std::nullopt;
  return pid;
}

}  // namespace

/// One pass over all containers.
struct FileCollector::Round {
  std::optional<std::uint64_t> host_net, host_mounts;
  std::set<std::uint64_t> shown;  ///< network namespaces
  bool measure = false;
};

FileCollector::FileCollector(FileCollectorOptions options) : options_(std::move(options)) {
  if (const auto mounts = read_file(options_.proc_root + "/self/mountinfo", kMaxMountinfo)) {
    controllers_ = kernel::parse_controllers(*mounts);
  }
}

std::map<std::uint64_t, sense::FileTotals> FileCollector::collect(const report::Report& report,
                                                                  const LeaderOf& leader_of,
                                                                  MonoTime now) {
  Round round{.host_net = namespace_of(options_.proc_root + "/1", "net"),
              .host_mounts = namespace_of(options_.proc_root + "/1", "mnt"),
              .shown = {},
              .measure = !measured_ || now - *measured_ >= kMeasureEvery};
  if (round.measure) measured_ = now;
  std::map<std::uint64_t, const report::Container*> oldest_first;  // cgroup ids only grow
  for (const auto& container : report.containers) oldest_first[container.cgroup_id] = &container;
  std::map<std::uint64_t, sense::FileTotals> all;
  std::vector<std::uint64_t> ids;
  for (const auto& [id, container] : oldest_first) {
    auto& totals = all[id];
    ids.push_back(id);
    auto pid = leader_of(id);
    if (!pid) pid = first_process(options_.cgroup_root + container->path);
    add_cgroup(totals, container->path, pid);
    if (!pid) continue;
    if (options_.collected.iface) add_interfaces(totals, *pid, round);
    if (options_.collected.fs) add_file_systems(totals, id, *pid, round);
  }
  file_systems_.keep_only(ids);
  file_systems_.watch(now);
  return all;
}

void FileCollector::add_interfaces(sense::FileTotals& to, std::uint32_t pid, Round& round) const {
  const auto process = options_.proc_root + "/" + std::to_string(pid);
  const auto net = namespace_of(process, "net");
  if (!net || net == round.host_net || !round.shown.insert(*net).second) return;
  if (const auto text = read_file(process + "/net/dev")) {
    to.interfaces = kernel::parse_net_dev(*text);
  }
}

void FileCollector::add_file_systems(sense::FileTotals& to, std::uint64_t id, std::uint32_t pid,
                                     Round& round) {
  const auto process = options_.proc_root + "/" + std::to_string(pid);
  const auto mounts = namespace_of(process, "mnt");
  if (!mounts || mounts == round.host_mounts) return;
  if (round.measure) {
    const auto text = read_file(process + "/mountinfo", kMaxMountinfo);
    if (text) file_systems_.ask(id, process + "/root", kernel::parse_mounts(*text));
  }
  to.file_systems = file_systems_.latest(id);
}

void FileCollector::add_cgroup(sense::FileTotals& to, const std::string& path,
                               std::optional<std::uint32_t> pid) const {
  const auto directory = options_.cgroup_root + path;
  if (options_.collected.cgroup_memory) to.memory = kernel::read_memory_v2(directory);
  if (!options_.counters) {
    if (const auto text = read_file(directory + "/io.stat")) {
      to.disks = kernel::parse_io_stat(*text);
    }
    if (const auto text = read_file(directory + "/memory.events")) {
      to.oom_kills = kernel::number_after(*text, "oom_kill");
    }
  }
  if (pid && !controllers_.empty()) add_version_1(to, *pid);
}

void FileCollector::add_version_1(sense::FileTotals& to, std::uint32_t pid) const {
  const auto text = read_file(options_.proc_root + "/" + std::to_string(pid) + "/cgroup");
  if (!text) return;
  const auto directory = [&](const char* controller) -> std::optional<std::string> {
    const auto mount = controllers_.find(controller);
    const auto path = kernel::controller_path(*text, controller);
    if (mount == controllers_.end() || !path) return std::nullopt;
    return mount->second + *path;
  };
  const auto memory = directory("memory");
  if (memory && options_.collected.cgroup_memory && !to.memory.usage_bytes) {
    to.memory = kernel::read_memory_v1(*memory);
  }
  if (options_.counters) return;
  if (memory) {
    const auto control = read_file(*memory + "/memory.oom_control");
    if (control) to.oom_kills = kernel::number_after(*control, "oom_kill");
  }
  const auto block = directory("blkio");
  if (!block) return;
  const auto bytes = read_file(*block + "/blkio.throttle.io_service_bytes");
  const auto requests = read_file(*block + "/blkio.throttle.io_serviced");
  if (bytes) kernel::add_blkio(to.disks, *bytes, true);
  if (requests) kernel::add_blkio(to.disks, *requests, false);
}

std::string FileCollector::degraded() const {
  const auto stuck = file_systems_.stuck();
  if (stuck == 0) return {};
  return "collect.fs: " + std::to_string(stuck) + " file systems do not answer" +
         (stuck >= kernel::FileSystemProbe::kMaxStuck ? ", none is measured any more" : "");
}

}  // namespace kernwise::profiler
