// SPDX-License-Identifier: Apache-2.0
#include "common/base/file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <tuple>

#include "common/base/fd.hpp"

namespace kernwise {

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  constexpr std::size_t kChunk = 16UL * 1024;
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file.valid()) return errno_error(errno, "open " + path);
  std::string text;
  for (;;) {
    const std::size_t size = text.size();
    // One byte more than allowed is asked for, so that "too large" differs from "exactly full".
    const std::size_t wanted = std::min(kChunk - 1, max_bytes - size) + 1;
    text.resize(size + wanted);
    const ssize_t got = ::read(file.value(), text.data() + size, wanted);
    if (got < 0 && errno == EINTR) {
      text.resize(size);
      continue;
    }
    if (got < 0) return errno_error(errno, "read " + path);
    text.resize(size + static_cast<std::size_t>(got));
    if (got == 0) return text;
    if (text.size() > max_bytes) {
      return invalid(path + ": larger than " + std::to_string(max_bytes) + " bytes");
    }
  }
}

Result<std::string> read_token(const std::string& path) {
  auto token = read_file(path, 64UL * 1024);
  if (!token) return token;
  token->erase(token->find_last_not_of(" \t\r\n") + 1);
  if (token->empty()) return invalid(path + " is empty");
  return token;
}

bool FileStamp::operator==(const FileStamp& other) const {
  return std::tie(device, inode, size, changed.tv_sec, changed.tv_nsec) ==
         std::tie(other.device, other.inode, other.size, other.changed.tv_sec,
                  other.changed.tv_nsec);
}

FileStamp stamp_of(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_size, status.st_mtim};
}

}  // namespace kernwise
