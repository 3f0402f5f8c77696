// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/open_file.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>

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
  const Fd folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) return errno_error(errno, root);
  struct open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  const Fd handle(
      static_cast<int>(::syscall(SYS_openat2, folder.value(), path.c_str(), &how, sizeof(how))));
  if (!handle.valid()) return errno_error(errno, "open mapped file below " + root);
  return open_regular(handle, max_bytes);
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
