// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/open_file.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <limits>
#include <string_view>

#include "common/base/file.hpp"

namespace kernwise::symbols {
namespace {

/// Turns an O_PATH handle into a readable file. Looking before opening matters: the open of a
/// device or a FIFO alone can have effects.
Result<OpenFile> open_regular(const Fd& handle, std::size_t max_bytes) {
  struct stat status{};
  if (::fstat(handle.value(), &status) != 0) return errno_error(errno, "stat mapped file");
  if (!S_ISREG(status.st_mode)) return invalid("mapped file: not a regular file");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > max_bytes) return invalid("mapped file: too large");
  const std::string own = "/proc/self/fd/" + std::to_string(handle.value());
  Fd fd(::open(own.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd.valid()) return errno_error(errno, "open mapped file");
  constexpr std::int64_t kSecond = 1'000'000'000;
  return OpenFile{
      .fd = std::move(fd),
      .id = {.device = status.st_dev,
             .inode = status.st_ino,
             .size = size,
             .modified_ns = (status.st_mtim.tv_sec * kSecond) + status.st_mtim.tv_nsec}};
}

/// Opens one of the kernel's magic links in /proc/PID.
Result<OpenFile> open_link(const std::string& link, std::size_t max_bytes) {
  const Fd handle(::open(link.c_str(), O_PATH | O_CLOEXEC));
  if (!handle.valid()) return errno_error(errno, link);
  return open_regular(handle, max_bytes);
}

Result<OpenFile> open_inside(const std::string& root, const std::string& path,
                             std::uint64_t resolve, std::size_t max_bytes) {
  const Fd folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) return errno_error(errno, root);
  struct open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = resolve;
  const Fd handle(
      static_cast<int>(::syscall(SYS_openat2, folder.value(), path.c_str(), &how, sizeof(how))));
  if (!handle.valid()) return errno_error(errno, "open " + path + " below " + root);
  return open_regular(handle, max_bytes);
}

/// A number out of the words behind `key` on its line of /proc/PID/status; the last one for
/// `word` -1.
std::optional<std::uint32_t> status_word(std::string_view status, std::string_view key, int word) {
  const auto at = status.find(key);
  if (at == std::string_view::npos || (at > 0 && status[at - 1] != '\n')) return std::nullopt;
  auto line = status.substr(at + key.size());
  line = line.substr(0, line.find('\n'));
  std::optional<std::uint32_t> number;
  for (int i = 0; !line.empty() && (word < 0 || i <= word); ++i) {
    line.remove_prefix(std::min(line.find_first_not_of("\t "), line.size()));
    const auto text = line.substr(0, line.find_first_of("\t "));
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) break;
    number = value;
    line.remove_prefix(text.size());
  }
  return number;
}

}  // namespace

std::size_t FileIdHash::operator()(const FileId& id) const {
  std::size_t hash = 0;
  for (const std::uint64_t part :
       {id.device, id.inode, id.size, static_cast<std::uint64_t>(id.modified_ns)}) {
    hash = (hash * 0x9e3779b97f4a7c15ULL) ^ (part + (hash >> 29));
  }
  return hash;
}

Result<OpenFile> open_below(const std::string& root, const std::string& path,
                            std::size_t max_bytes) {
  return open_inside(root, path, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, max_bytes);
}

std::optional<ProcessOwner> parse_process_owner(std::string_view status) {
  const auto pid = status_word(status, "NSpid:", -1);
  const auto user = status_word(status, "Uid:", 1);
  if (!pid || !user) return std::nullopt;
  return ProcessOwner{.inner_pid = *pid, .user = *user};
}

Result<OpenFile> open_perf_map(const std::string& process_folder) {
  constexpr std::size_t kStatusBytes = 16UL * 1024;
  const auto status = read_file(process_folder + "/status", kStatusBytes);
  if (!status) return status.error();
  const auto owner = parse_process_owner(*status);
  if (!owner) return invalid("perf map: process without a user");
  auto file =
      open_inside(process_folder + "/root", "tmp/perf-" + std::to_string(owner->inner_pid) + ".map",
                  RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS, std::numeric_limits<std::size_t>::max());
  if (!file) return file;
  struct stat made{};
  if (::fstat(file->fd.value(), &made) != 0) return errno_error(errno, "stat perf map");
  if (made.st_uid != owner->user) return invalid("perf map: made by another user");
  return file;
}

Result<OpenFile> open_mapping(const std::string& process_folder, const Mapping& mapping,
                              std::size_t max_bytes) {
  std::array<char, 64> range{};
  (void)std::snprintf(range.data(), range.size(), "/map_files/%llx-%llx",
                      static_cast<unsigned long long>(mapping.start),
                      static_cast<unsigned long long>(mapping.end));
  auto file = open_link(process_folder + range.data(), max_bytes);
  if (file) return file;
  // A deleted file is gone from its path; what lies there now is another one.
  if (!mapping.path.starts_with('/') || mapping.path.ends_with(" (deleted)")) return file.error();
  return open_below(process_folder + "/root", mapping.path, max_bytes);
}

Result<OpenFile> open_program(const std::string& process_folder, std::size_t max_bytes) {
  return open_link(process_folder + "/exe", max_bytes);
}

}  // namespace kernwise::symbols
