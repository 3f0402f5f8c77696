// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/cgroup_files.hpp"

#include <charconv>

namespace kernwise::kernel {
namespace {

// In the order in which the reader names them.
constexpr std::size_t kCpuStat = 0, kCpuMax = 1, kCpuPressure = 2, kIoPressure = 3,
                      kMemoryPressure = 4, kMemoryCurrent = 5, kMemoryStat = 6;

}  // namespace

CgroupFilesReader::CgroupFilesReader(const std::string& root, std::size_t most)
    : exists_(!root.empty()),
      files_(root,
             {"cpu.stat", "cpu.max", "cpu.pressure", "io.pressure", "memory.pressure",
              "memory.current", "memory.stat"},
             most) {}

CgroupFiles CgroupFilesReader::read(const std::string& path, const StillSaid& said) {
  CgroupFiles files;
  if (!exists_) return files;
  auto& cgroup = files_.at(path);
  files.cpu = parse_cpu_stat(files_.text(cgroup, kCpuStat));
  files.cpu_limit = parse_cpu_max(files_.text(cgroup, kCpuMax));
  const auto pressure = [&](const std::optional<report::Pressure>& known, std::size_t file) {
    return known ? known : parse_pressure(files_.text(cgroup, file));
  };
  files.cpu_pressure_read = !said.cpu || files.cpu.usage_us > said.usage_us;
  files.pressure.cpu = pressure(files.cpu_pressure_read ? std::nullopt : said.cpu, kCpuPressure);
  files.pressure.io = pressure(said.io, kIoPressure);
  files.pressure.memory = pressure(said.memory, kMemoryPressure);
  std::uint64_t current = 0;
  const auto memory = files_.text(cgroup, kMemoryCurrent);
  if (std::from_chars(memory.data(), memory.data() + memory.size(), current).ec == std::errc()) {
    const auto inactive =
        number_after(files_.text(cgroup, kMemoryStat), "inactive_file").value_or(0);
    files.memory_working_set_bytes = current > inactive ? current - inactive : 0;
  }
  return files;
}

}  // namespace kernwise::kernel
