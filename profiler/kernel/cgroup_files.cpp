// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/cgroup_files.hpp"

namespace kernwise::kernel {
namespace {

// In the order in which the reader names them.
constexpr std::size_t kCpuStat = 0, kCpuMax = 1, kCpuPressure = 2, kIoPressure = 3,
                      kMemoryPressure = 4, kMemoryCurrent = 5, kMemoryStat = 6, kMemoryPeak = 7,
                      kSwapCurrent = 8, kThreads = 9;

}  // namespace

CgroupFilesReader::CgroupFilesReader(const std::string& root, std::size_t most)
    : exists_(!root.empty()),
      files_(
          root,
          {"cpu.stat", "cpu.max", "cpu.pressure", "io.pressure", "memory.pressure",
           "memory.current", "memory.stat", "memory.peak", "memory.swap.current", "cgroup.threads"},
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
  read_memory(files, cgroup);
  return files;
}

void CgroupFilesReader::read_memory(CgroupFiles& files, KeptFiles::Directory& cgroup) {
  auto& memory = files.memory;
  memory.usage_bytes = leading_number(files_.text(cgroup, kMemoryCurrent));
  if (!memory.usage_bytes) return;
  const auto stat = files_.text(cgroup, kMemoryStat);
  memory.cache_bytes = number_after(stat, "file");
  files.memory_working_set_bytes =
      sense::grown(number_after(stat, "inactive_file").value_or(0), *memory.usage_bytes);
  if (!all_of_memory_) return;
  memory.peak_bytes = leading_number(files_.text(cgroup, kMemoryPeak));  // since 5.19
  memory.swap_bytes = leading_number(files_.text(cgroup, kSwapCurrent));
}

std::uint32_t CgroupFilesReader::threads(const std::string& path) {
  if (!exists_) return 0;
  return static_cast<std::uint32_t>(files_.lines(files_.at(path), kThreads));
}

}  // namespace kernwise::kernel
