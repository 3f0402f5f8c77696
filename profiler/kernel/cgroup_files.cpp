// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/cgroup_files.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace kernwise::kernel {
namespace {

constexpr std::uint8_t kLookAgainAfter = 60;  // reads
constexpr std::size_t kForOthers = 256;
constexpr std::size_t kMostEver = 4096;
constexpr std::size_t kMostCgroups = 2048;
constexpr std::array<const char*, 7> kNames = {"cpu.stat",    "cpu.max",         "cpu.pressure",
                                               "io.pressure", "memory.pressure", "memory.current",
                                               "memory.stat"};

}  // namespace

CgroupFilesReader::CgroupFilesReader(std::string root, std::size_t most)
    : root_(std::move(root)), most_(std::max(most, kFiles)) {}

std::size_t CgroupFilesReader::default_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kFiles;
  const auto allowed = static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, 1U << 20U));
  return std::min(kMostEver, allowed > kForOthers ? allowed - kForOthers : kFiles);
}

CgroupFilesReader::Cgroup& CgroupFilesReader::at(const std::string& path) {
  if (const auto found = cgroups_.find(path); found != cgroups_.end()) {
    order_.splice(order_.begin(), order_, found->second.order);
    return found->second;
  }
  while (!order_.empty() && (open_ + kFiles > most_ || order_.size() >= kMostCgroups)) {
    const auto oldest = order_.back();
    forget(oldest);
  }
  order_.push_front(path);
  auto& cgroup = cgroups_[path];
  cgroup.order = order_.begin();
  return cgroup;
}

void CgroupFilesReader::forget(const std::string& path) {
  const auto found = cgroups_.find(path);
  if (found == cgroups_.end()) return;
  for (std::size_t i = 0; i < kFiles; ++i) close(found->second, i);
  order_.erase(found->second.order);
  cgroups_.erase(found);
}

void CgroupFilesReader::close(Cgroup& cgroup, std::size_t index) {
  if (!cgroup.files[index].valid()) return;
  cgroup.files[index].reset();
  --open_;
}

bool CgroupFilesReader::open(Cgroup& cgroup, const std::string& path, File file) {
  const auto index = static_cast<std::size_t>(file);
  if (cgroup.files[index].valid()) return true;
  if (cgroup.skip[index] > 0) {
    --cgroup.skip[index];
    return false;
  }
  const auto name = root_ + path + "/" + kNames[index];
  cgroup.files[index] = Fd(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  if (!cgroup.files[index].valid()) {
    cgroup.skip[index] = kLookAgainAfter;
    return false;
  }
  ++open_;
  return true;
}

std::string_view CgroupFilesReader::text(Cgroup& cgroup, const std::string& path, File file) {
  const auto index = static_cast<std::size_t>(file);
  // A cgroup that was removed and made again under its path answers ENODEV to the old file.
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (!open(cgroup, path, file)) return {};
    const auto size = ::pread(cgroup.files[index].value(), buffer_.data(), buffer_.size(), 0);
    if (size >= 0) return {buffer_.data(), static_cast<std::size_t>(size)};
    close(cgroup, index);
  }
  return {};
}

CgroupFiles CgroupFilesReader::read(const std::string& path) {
  CgroupFiles files;
  if (root_.empty()) return files;
  auto& cgroup = at(path);
  files.cpu = parse_cpu_stat(text(cgroup, path, File::cpu_stat));
  files.cpu_limit = parse_cpu_max(text(cgroup, path, File::cpu_max));
  files.pressure.cpu = parse_pressure(text(cgroup, path, File::cpu_pressure));
  files.pressure.io = parse_pressure(text(cgroup, path, File::io_pressure));
  files.pressure.memory = parse_pressure(text(cgroup, path, File::memory_pressure));
  std::uint64_t current = 0;
  const auto memory = text(cgroup, path, File::memory_current);
  if (std::from_chars(memory.data(), memory.data() + memory.size(), current).ec == std::errc()) {
    const auto inactive =
        number_after(text(cgroup, path, File::memory_stat), "inactive_file").value_or(0);
    files.memory_working_set_bytes = current > inactive ? current - inactive : 0;
  }
  return files;
}

}  // namespace kernwise::kernel
