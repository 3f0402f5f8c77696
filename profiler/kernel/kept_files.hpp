// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/fd.hpp"

namespace kernwise::kernel {

/// Lets this process open as many files as it may: raises the soft limit to the hard one.
void raise_open_files();
/// Files that one reader may keep open: a fifth of what the limit of this process leaves after 256
/// for everything else, at most 4096. (There are five: see cgroup_files, cpu_v1 and use_files.)
[[nodiscard]] std::size_t kept_files_limit();

/// The same small files of many directories, read window after window: each is opened once and read
/// in place, without an allocation. Files that are not there are looked for again now and then. The
/// directories that were read least recently are closed first.
class KeptFiles {
 public:
  /// `root` stands before every path. `names`: the files of each directory. `most`: files kept
  /// open, at least those of one directory.
  KeptFiles(std::string root, std::vector<const char*> names, std::size_t most);

  class Directory;
  /// The files of a directory; valid until another one is asked for.
  Directory& at(const std::string& path);
  /// What file number `index` of the directory says now; empty when there is none. Valid until the
  /// next call. At most 16 KiB are read.
  std::string_view text(Directory& directory, std::size_t index);
  /// Lines of that file, however long it is: lists of threads are.
  std::uint64_t lines(Directory& directory, std::size_t index);
  /// Closes the files of a directory that is gone.
  void forget(const std::string& path);
  /// Files that are open now.
  [[nodiscard]] std::size_t open_files() const { return open_; }

 private:
  static constexpr std::size_t kMaxText = 16UL * 1024;
  struct File {
    Fd fd;
    std::uint8_t skip = 0;  ///< reads until an absent file is looked for again
  };
  bool open(File& file, const std::string& path, std::size_t index);
  void close(File& file);

  std::string root_, name_;  ///< `name_`: of the file being opened
  std::vector<const char*> names_;
  std::size_t most_, open_ = 0;
  std::unordered_map<std::string, Directory> directories_;
  std::list<std::string> order_;  ///< most recently read first
  std::array<char, kMaxText> buffer_;
};

class KeptFiles::Directory {
  friend class KeptFiles;
  std::vector<File> files_;
  std::list<std::string>::iterator path_;
};

}  // namespace kernwise::kernel
