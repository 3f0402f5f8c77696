// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/base/fd.hpp"
#include "profiler/kernel/cgroupfs.hpp"

namespace kernwise::kernel {

/// Reads the files of cgroups window after window: each is opened once and read in place, without
/// an allocation. Files that are not there are looked for again now and then, since controllers
/// can be switched on later. The cgroups that were read least recently are closed first.
class CgroupFilesReader {
 public:
  /// `root`: the mount point, empty = there is none. `most`: files kept open, by default what the
  /// limit of this process leaves after 256 for everything else, at most 4096.
  explicit CgroupFilesReader(std::string root, std::size_t most = default_limit());

  [[nodiscard]] CgroupFiles read(const std::string& path);
  /// Closes the files of a cgroup that is gone.
  void forget(const std::string& path);
  /// Files that are open now.
  [[nodiscard]] std::size_t open_files() const { return open_; }

 private:
  enum class File : std::uint8_t {
    cpu_stat,
    cpu_max,
    cpu_pressure,
    io_pressure,
    memory_pressure,
    memory_current,
    memory_stat,
  };
  static constexpr std::size_t kFiles = 7;
  static constexpr std::size_t kMaxText = 16UL * 1024;
  struct Cgroup {
    std::array<Fd, kFiles> files;
    std::array<std::uint8_t, kFiles> skip{};  ///< reads until an absent file is looked for again
    std::list<std::string>::iterator order;
  };
  [[nodiscard]] static std::size_t default_limit();
  Cgroup& at(const std::string& path);
  /// What the file says now; empty when there is none. Valid until the next call.
  std::string_view text(Cgroup& cgroup, const std::string& path, File file);
  bool open(Cgroup& cgroup, const std::string& path, File file);
  void close(Cgroup& cgroup, std::size_t index);

  std::string root_;
  std::size_t most_, open_ = 0;
  std::unordered_map<std::string, Cgroup> cgroups_;
  std::list<std::string> order_;  ///< most recently read first
  std::array<char, kMaxText> buffer_;
};

}  // namespace kernwise::kernel
