// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/cgroupfs.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstring>
#include <memory>
#include <new>

#include "common/base/file.hpp"

namespace kernwise::kernel {
namespace {

constexpr int kMaxDepth = 16;

/// The mount point of the first cgroup2 file system, and whether version 1 is mounted too.
struct Mount {
  std::string point;
  bool hybrid = false;
};

Mount find_mount(std::string_view mountinfo) {
  Mount mount;
  while (!mountinfo.empty()) {
    const auto end = mountinfo.find('\n');
    const auto line = mountinfo.substr(0, end);
    mountinfo.remove_prefix(end == std::string_view::npos ? mountinfo.size() : end + 1);
    if (line.find(" - cgroup ") != std::string_view::npos) mount.hybrid = true;
    if (line.find(" - cgroup2 ") == std::string_view::npos || !mount.point.empty()) continue;
    std::size_t at = 0;
    for (int field = 0; field < 4; ++field) at = line.find(' ', at) + 1;  // the fifth field
    mount.point = std::string(line.substr(at, line.find(' ', at) - at));
  }
  return mount;
}

constexpr int kFileIdKernfs = 0xfe;

std::uint64_t id_of_directory(int directory, const char* name) {
  struct stat status{};
  if (::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return 0;
  return S_ISDIR(status.st_mode) ? status.st_ino : 0;
}

using Directory = std::unique_ptr<DIR, decltype([](DIR* directory) { ::closedir(directory); })>;

class Walker {
 public:
  Walker(const std::string& root,
         const std::function<void(std::uint64_t, const std::string&)>& each, std::size_t max)
      : root_(root), each_(each), left_(max) {}

  void below(const std::string& path, int depth) {
    const Directory directory(::opendir((root_ + path).c_str()));
    // One that is gone by now has nothing below it; any other failure hides something.
    if (!directory && errno == ENOENT) return;
    if (!directory || depth > kMaxDepth) {
      complete_ = false;
      return;
    }
    std::vector<std::string> children;
    while (const auto* entry = ::readdir(directory.get())) {
      const std::string_view name = entry->d_name;
      if (entry->d_type != DT_DIR || name == "." || name == "..") continue;
      const auto id = id_of_directory(::dirfd(directory.get()), entry->d_name);
      if (id != 0 && left_ == 0) complete_ = false;
      if (id == 0 || left_ == 0) continue;
      --left_;
      children.push_back(path + "/" + std::string(name));
      each_(id, children.back());
    }
    for (const auto& child : children) below(child, depth + 1);
  }

  [[nodiscard]] bool complete() const { return complete_; }

 private:
  bool complete_ = true;
  const std::string& root_;
  const std::function<void(std::uint64_t, const std::string&)>& each_;
  std::size_t left_;
};

}  // namespace

Result<CgroupTree> CgroupTree::open(const std::string& root, const std::string& proc_root) {
  const auto mountinfo = read_file(proc_root + "/self/mountinfo", 16UL * 1024 * 1024);
  auto mount = mountinfo ? find_mount(*mountinfo) : Mount{};
  if (!root.empty()) mount.point = root;
  if (mount.point.empty()) return invalid("cgroup.root: no cgroup2 file system is mounted");
  Fd directory(::open(mount.point.c_str(), O_DIRECTORY | O_RDONLY | O_CLOEXEC));
  if (!directory.valid()) return errno_error(errno, "cgroup.root: open " + mount.point);
  struct statfs status{};
  if (::fstatfs(directory.value(), &status) != 0 || status.f_type != CGROUP2_SUPER_MAGIC) {
    return invalid("cgroup.root: " + mount.point + " is not a cgroup2 file system");
  }
  return CgroupTree(mount.point, std::move(directory), mount.hybrid);
}

Result<CgroupTree> CgroupTree::at(const std::string& root) {
  Fd directory(::open(root.c_str(), O_DIRECTORY | O_RDONLY | O_CLOEXEC));
  if (!directory.valid()) return errno_error(errno, "open " + root);
  return CgroupTree(root, std::move(directory), false);
}

bool CgroupTree::walk(const std::function<void(std::uint64_t, const std::string&)>& each,
                      std::size_t max) const {
  if (!directory_.valid()) return true;
  Walker walker(root_, each, max);
  walker.below("", 0);
  return walker.complete();
}

Result<std::string> CgroupTree::path_of(std::uint64_t id) const {
  // A cgroup id is the 8 byte file handle of its directory.
  alignas(file_handle) char buffer[sizeof(file_handle) + sizeof(id)] = {};
  auto* handle = new (buffer) file_handle;
  handle->handle_bytes = sizeof(id);
  handle->handle_type = kFileIdKernfs;
  std::memcpy(buffer + sizeof(file_handle), &id, sizeof(id));
  const Fd found(::open_by_handle_at(directory_.value(), handle, O_PATH | O_CLOEXEC));
  if (!found.valid()) return errno_error(errno, "cgroup " + std::to_string(id));
  char target[PATH_MAX];
  const auto link = "/proc/self/fd/" + std::to_string(found.value());
  const auto length = ::readlink(link.c_str(), target, sizeof(target));
  if (length < 0) return errno_error(errno, "cgroup " + std::to_string(id));
  std::string_view path(target, static_cast<std::size_t>(length));
  if (path.starts_with(root_)) path.remove_prefix(root_.size());
  return std::string(path);
}

Result<std::uint64_t> CgroupTree::id_of(const std::string& path) const {
  const auto id = id_of_directory(AT_FDCWD, (root_ + path).c_str());
  if (id == 0) return errno_error(errno, "cgroup " + path);
  return id;
}

std::optional<std::uint64_t> number_after(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != ' ') continue;
    line.remove_prefix(key.size() + 1);
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(line.data(), line.data() + line.size(), number);
    if (parsed.ec == std::errc()) return number;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> leading_number(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

report::CpuStat parse_cpu_stat(std::string_view text) {
  report::CpuStat stat;
  stat.usage_us = number_after(text, "usage_usec").value_or(0);
  stat.periods = number_after(text, "nr_periods");
  stat.throttled_periods = number_after(text, "nr_throttled");
  stat.throttled_us = number_after(text, "throttled_usec");
  return stat;
}

std::optional<double> parse_cpu_max(std::string_view text) {
  double quota = 0, period = 0;
  const char *begin = text.data(), *end = begin + text.size();
  const auto first = std::from_chars(begin, end, quota);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ' ') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, period);
  if (second.ec != std::errc() || period <= 0 || quota <= 0) return std::nullopt;
  return quota / period;
}

std::optional<report::Pressure> parse_pressure(std::string_view text) {
  const auto total_of = [&](std::string_view line_name) -> std::optional<std::uint64_t> {
    const auto line = text.find(line_name);
    if (line == std::string_view::npos) return std::nullopt;
    const auto at = text.find("total=", line);
    if (at == std::string_view::npos) return std::nullopt;
    std::uint64_t total = 0;
    const auto* begin = text.data() + at + 6;
    if (std::from_chars(begin, text.data() + text.size(), total).ec != std::errc()) {
      return std::nullopt;
    }
    return total;
  };
  const auto some = total_of("some ");
  if (!some) return std::nullopt;
  return report::Pressure{*some, total_of("full ").value_or(0)};
}

}  // namespace kernwise::kernel
