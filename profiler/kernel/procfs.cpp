// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/procfs.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <sstream>

#include "common/base/file.hpp"
#include "profiler/kernel/cgroupfs.hpp"

namespace kernwise::kernel {
namespace {

constexpr std::uint64_t kKibibyte = 1024;

/// `MemTotal:       24576 kB`
std::uint64_t memory_line(std::string_view text, std::string_view key) {
  const auto at = text.find(key);
  if (at == std::string_view::npos) return 0;
  auto rest = text.substr(at + key.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(": \t"), rest.size()));
  std::uint64_t kibibytes = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), kibibytes);
  return kibibytes * kKibibyte;
}

std::uint64_t allocated_pages(std::string_view vmstat) {
  std::uint64_t pages = 0;
  for (const auto* zone : {"pgalloc_dma", "pgalloc_dma32", "pgalloc_normal", "pgalloc_movable"}) {
    pages += number_after(vmstat, zone).value_or(0);
  }
  return pages;
}

std::optional<report::Pressure> pressure_of(const std::string& proc_root, const char* resource) {
  const auto text = read_file(proc_root + "/pressure/" + resource);
  return text ? parse_pressure(*text) : std::nullopt;
}

}  // namespace

Result<CpuTimes> parse_stat(std::string_view text, double ticks_per_second) {
  CpuTimes times;
  if (!text.starts_with("cpu ")) return invalid("/proc/stat: no line of all CPUs");
  auto rest = text.substr(3, text.find('\n') - 3);
  // user nice system idle iowait irq softirq steal; guest time is part of user.
  std::uint64_t ticks = 0, busy = 0;
  for (int field = 0; field < 8; ++field) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), ticks);
    if (parsed.ec != std::errc()) break;
    rest.remove_prefix(static_cast<std::size_t>(parsed.ptr - rest.data()));
    if (field != 3 && field != 4) busy += ticks;
  }
  for (auto at = text.find("\ncpu"); at != text.npos; at = text.find("\ncpu", at + 1))
    times.cores += 1;
  times.busy_seconds = static_cast<double>(busy) / ticks_per_second;
  return times;
}

Result<NodeCounters> read_node(const std::string& proc_root) {
  const auto stat = read_file(proc_root + "/stat", 4UL * 1024 * 1024);
  if (!stat) return wrap(stat.error(), "read node counters");
  const auto times = parse_stat(*stat, static_cast<double>(::sysconf(_SC_CLK_TCK)));
  if (!times) return wrap(times.error(), "read node counters");
  NodeCounters node;
  node.cores = times->cores;
  node.busy_seconds = times->busy_seconds;
  if (const auto vmstat = read_file(proc_root + "/vmstat")) {
    node.major_faults = number_after(*vmstat, "pgmajfault").value_or(0);
    node.memory_allocated_bytes =
        allocated_pages(*vmstat) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  }
  if (const auto meminfo = read_file(proc_root + "/meminfo")) {
    node.memory_capacity_bytes = memory_line(*meminfo, "MemTotal");
    node.memory_available_bytes = memory_line(*meminfo, "MemAvailable");
  }
  node.pressure.cpu = pressure_of(proc_root, "cpu");
  node.pressure.io = pressure_of(proc_root, "io");
  node.pressure.memory = pressure_of(proc_root, "memory");
  return node;
}

SelfCounters read_self() {
  SelfCounters self;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto nanoseconds = [](const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000ULL +
           static_cast<std::uint64_t>(time.tv_usec) * 1'000ULL;
  };
  self.cpu_ns = nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime);
  // Own status, so always the real /proc.
  if (const auto status = read_file("/proc/self/status")) {
    self.resident_bytes = memory_line(*status, "VmRSS");
  }
  return self;
}

Result<std::string> read_boot_id(const std::string& proc_root) {
  auto id = read_file(proc_root + "/sys/kernel/random/boot_id");
  if (!id) return wrap(id.error(), "read the boot id");
  while (!id->empty() && id->back() == '\n') id->pop_back();
  return *id;
}

std::optional<std::uint32_t> netns_of(const std::string& proc_root, std::uint32_t pid) {
  struct stat status{};
  const auto path = proc_root + "/" + std::to_string(pid) + "/ns/net";
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return static_cast<std::uint32_t>(status.st_ino);
}

std::optional<std::uint64_t> parse_netstat(std::string_view text, std::string_view group,
                                           std::string_view name) {
  std::istringstream lines{std::string(text)};
  std::string names, values;
  while (std::getline(lines, names) && std::getline(lines, values)) {
    if (!names.starts_with(group)) continue;
    std::istringstream keys(names), numbers(values);
    std::string key, number;
    while (keys >> key && numbers >> number) {
      if (key != name) continue;
      std::uint64_t value = 0;
      const auto parsed = std::from_chars(number.data(), number.data() + number.size(), value);
      if (parsed.ec == std::errc()) return value;
    }
  }
  return std::nullopt;
}

std::optional<std::uint64_t> listen_overflows(const std::string& proc_root, std::uint32_t pid) {
  const auto text = read_file(proc_root + "/" + std::to_string(pid) + "/net/netstat");
  return text ? parse_netstat(*text, "TcpExt:", "ListenOverflows") : std::nullopt;
}

}  // namespace kernwise::kernel
