// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/file_collector.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "common/base/file.hpp"
#include "profiler/kernel/process_files.hpp"

namespace kernwise::profiler {
namespace {

constexpr std::size_t kMaxMountinfo = 4UL * 1024 * 1024;

std::optional<std::uint64_t> namespace_of(const std::string& process, const char* kind) {
  struct stat status{};
  if (::stat((process + "/ns/" + kind).c_str(), &status) != 0) return std::nullopt;
  return status.st_ino;
}

/// The node's own: of its first process, or of the kernel's, whose namespaces nobody can have
/// moved and which more may look at.
std::optional<std::uint64_t> host_namespace(const std::string& proc_root, const char* kind) {
  if (const auto first = namespace_of(proc_root + "/1", kind)) return first;
  const auto name = read_file(proc_root + "/2/comm");
  return name && *name == "kthreadd\n" ? namespace_of(proc_root + "/2", kind) : std::nullopt;
}

}  // namespace

/// One pass over all containers.
struct FileCollector::Round {
  std::optional<std::uint64_t> host_net, host_mounts;
  std::set<std::uint64_t> shown;  ///< network namespaces
  bool measure = false;
};

FileCollector::FileCollector(FileCollectorOptions options)
    : options_(std::move(options)),
      use_({.cgroup_root = options_.cgroup_root,
            .proc_root = options_.proc_root,
            .memory = options_.collected.cgroup_memory,
            .counters = !options_.counters}) {}

std::map<std::uint64_t, sense::FileTotals> FileCollector::collect(const report::Report& report,
                                                                  const KnownOf& known_of,
                                                                  MonoTime now) {
  Round round{.host_net = host_namespace(options_.proc_root, "net"),
              .host_mounts = host_namespace(options_.proc_root, "mnt"),
              .shown = {},
              .measure = !measured_ || now - *measured_ >= kMeasureEvery};
  if (round.measure) measured_ = now;
  host_unknown_ = !round.host_net || !round.host_mounts;
  std::map<std::uint64_t, const report::Container*> oldest_first;  // cgroup ids only grow
  for (const auto& container : report.containers) oldest_first[container.cgroup_id] = &container;
  std::map<std::uint64_t, sense::FileTotals> all;
  std::vector<std::uint64_t> ids;
  for (const auto& [id, container] : oldest_first) {
    auto& entry = entries_[id];
    entry.path = container->path;
    ids.push_back(id);
    all.emplace(id, look_at(entry, id, known_of(id), round));
  }
  keep_only(all);
  file_systems_.keep_only(ids);
  file_systems_.watch(now);
  return all;
}

const sense::FileTotals& FileCollector::look_at(Entry& entry, std::uint64_t id, const Known& known,
                                                Round& round) {
  auto& totals = entry.totals;
  totals.interfaces.clear();
  totals.file_systems.clear();
  totals.memory = options_.collected.cgroup_memory ? known.memory : sense::MemoryUse{};
  const auto pid = known.leader ? known.leader : use_.first_process(entry.path);
  use_.read(entry.path, pid, entry.place, totals);
  if (pid && options_.collected.iface) add_interfaces(totals, *pid, round);
  if (pid && options_.collected.fs) add_file_systems(totals, id, *pid, round);
  return totals;
}

void FileCollector::keep_only(const std::map<std::uint64_t, sense::FileTotals>& present) {
  std::erase_if(entries_, [&](const auto& each) {
    if (present.contains(each.first)) return false;
    use_.forget(each.second.path, each.second.place);
    return true;
  });
}

void FileCollector::add_interfaces(sense::FileTotals& to, std::uint32_t pid, Round& round) const {
  const auto process = options_.proc_root + "/" + std::to_string(pid);
  const auto net = namespace_of(process, "net");
  // Which are the node's is not known: better none than the node's as a pod's.
  if (!net || !round.host_net || net == round.host_net || !round.shown.insert(*net).second) return;
  if (const auto text = read_file(process + "/net/dev")) {
    to.interfaces = kernel::parse_net_dev(*text);
  }
}

void FileCollector::add_file_systems(sense::FileTotals& to, std::uint64_t id, std::uint32_t pid,
                                     Round& round) {
  const auto process = options_.proc_root + "/" + std::to_string(pid);
  const auto mounts = namespace_of(process, "mnt");
  if (!mounts || !round.host_mounts || mounts == round.host_mounts) return;
  if (round.measure) {
    const auto text = read_file(process + "/mountinfo", kMaxMountinfo);
    if (text) file_systems_.ask(id, process + "/root", kernel::parse_mounts(*text));
  }
  to.file_systems = file_systems_.latest(id);
}

std::string FileCollector::degraded() const {
  if (host_unknown_ && (options_.collected.iface || options_.collected.fs)) {
    return "collect.iface, collect.fs: the node's namespaces cannot be read (/proc/1/ns), so which "
           "are a pod's is not known";
  }
  const auto stuck = file_systems_.stuck();
  if (stuck == 0) return {};
  return "collect.fs: " + std::to_string(stuck) + " file systems do not answer" +
         (stuck >= kernel::FileSystemProbe::kMaxStuck ? ", none is measured any more" : "");
}

}  // namespace kernwise::profiler
