// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "profiler/kernel/cgroupfs.hpp"
#include "profiler/kernel/kept_files.hpp"

namespace kernwise::kernel {

/// What pressure files are known to say still; those are not read. No value: read it.
struct StillSaid {
  std::optional<report::Pressure> cpu, io, memory;
  /// `cpu` holds while cpu.stat tells of at most so much use: more means that somebody ran unseen.
  std::uint64_t usage_us = 0;
};

/// Reads the files of cgroups window after window, without an allocation once they are open. Files
/// that are not there are looked for again now and then, since controllers can be switched on
/// later.
class CgroupFilesReader {
 public:
  /// `root`: the mount point, empty = there is none. `most`: files kept open.
  explicit CgroupFilesReader(const std::string& root, std::size_t most = kept_files_limit());
  /// Whether the peak and the swapped part of memory are read, too.
  void all_of_memory(bool wanted) { all_of_memory_ = wanted; }

  [[nodiscard]] CgroupFiles read(const std::string& path, const StillSaid& said = {});
  /// Threads in the cgroup itself, as its file lists them; 0 when it is gone.
  [[nodiscard]] std::uint32_t threads(const std::string& path);
  /// Closes the files of a cgroup that is gone.
  void forget(const std::string& path) { files_.forget(path); }
  /// Files that are open now.
  [[nodiscard]] std::size_t open_files() const { return files_.open_files(); }

 private:
  void read_memory(CgroupFiles& files, KeptFiles::Directory& cgroup);

  bool exists_, all_of_memory_ = false;
  KeptFiles files_;
};

}  // namespace kernwise::kernel
