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

CgroupFiles CgroupFilesReader::read(const std::string& path,
                                    std::optional<report::Pressure> io_pressure) {
  CgroupFiles files;
  if (!exists_) return files;
  auto& cgroup = files_.at(path);
  files.cpu = parse_cpu_stat(files_.text(cgroup, kCpuStat));
  files.cpu_limit = parse_cpu_max(files_.text(cgroup, kCpuMax));
  files.pressure.cpu = parse_pressure(files_.text(cgroup, kCpuPressure));
  files.pressure.io = io_pressure ? io_pressure : parse_pressure(files_.text(cgroup, kIoPressure));
  files.pressure.memory = parse_pressure(files_.text(cgroup, kMemoryPressure));
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
