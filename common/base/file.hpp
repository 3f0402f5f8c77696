// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <string>

#include "common/base/result.hpp"

namespace kernwise {

/// The whole text of a file of at most `max_bytes` bytes. Works for /proc and cgroup files, whose
/// size is not known before. Errors: errno of open or read, or `invalid` when larger.
[[nodiscard]] Result<std::string> read_file(const std::string& path,
                                            std::size_t max_bytes = 1024UL * 1024);

/// A bearer token that is kept in a file, of at most 64 KiB, without the blanks behind it. Errors:
/// as read_file, or there is none in it.
[[nodiscard]] Result<std::string> read_token(const std::string& path);

/// What tells one version of a file from the next, also when it is replaced by renaming or, as
/// kubelet does it, by turning a link.
struct FileStamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = -1;  ///< -1: there is no such file
  timespec changed{};
  [[nodiscard]] bool operator==(const FileStamp& other) const;
};
[[nodiscard]] FileStamp stamp_of(const std::string& path);

}  // namespace kernwise
