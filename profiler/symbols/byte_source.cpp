// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/byte_source.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace kernwise::symbols {

ByteSource ByteSource::file(int fd) {
  ByteSource source;
  struct stat status{};
  if (::fstat(fd, &status) != 0 || status.st_size < 0) return source;
  source.fd_ = fd;
  source.size_ = static_cast<std::uint64_t>(status.st_size);
  return source;
}

ByteSource ByteSource::memory(std::string_view bytes) {
  ByteSource source;
  source.bytes_ = bytes;
  source.size_ = bytes.size();
  return source;
}

bool ByteSource::read(void* to, std::size_t size, std::uint64_t offset) const {
  if (offset > size_ || size > size_ - offset) return false;
  if (fd_ < 0) {
    if (size > 0) std::memcpy(to, bytes_.data() + offset, size);
    return true;
  }
  auto* at = static_cast<char*>(to);
  while (size > 0) {
    const auto got = ::pread(fd_, at, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    offset += static_cast<std::uint64_t>(got);
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

std::string ByteSource::text(std::uint64_t offset, std::uint64_t end, std::size_t max) const {
  end = std::min(end, size_);
  if (offset >= end) return {};
  std::string text(std::min<std::uint64_t>(max, end - offset), '\0');
  if (!read(text.data(), text.size(), offset)) return {};
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

}  // namespace kernwise::symbols
