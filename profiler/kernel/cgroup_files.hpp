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

/// Reads the files of cgroups window after window. Files that are not there are looked for again
/// now and then, since controllers can be switched on later.
class CgroupFilesReader {
 public:
  /// `root`: the mount point, empty = there is none. `most`: files kept open.
  explicit CgroupFilesReader(const std::string& root, std::size_t most = kept_files_limit());

  [[nodiscard]] CgroupFiles read(const std::string& path, const StillSaid& said = {});
  /// Closes the files of a cgroup that is gone.
  void forget(const std::string& path) { files_.forget(path); }
  /// Files that are open now.
  [[nodiscard]] std::size_t open_files() const { return files_.open_files(); }

 private:
  bool exists_;
  KeptFiles files_;
};

}  // namespace kernwise::kernel
