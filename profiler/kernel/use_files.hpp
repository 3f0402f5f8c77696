// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "profiler/kernel/kept_files.hpp"
#include "profiler/kernel/look_again.hpp"
#include "profiler/sense/counters.hpp"

namespace kernwise::kernel {

/// Where a container's processes are in version 1 hierarchies, from one window to the next.
struct UsePlace {
  LookAgain again = {};
  std::string memory, block;  ///< below the mount points; empty: in the root, or nowhere
};

struct UseFilesOptions {
  std::string cgroup_root;  ///< cgroup2 mount point; empty: there is none
  std::string proc_root = "/proc";
  bool memory = true;     ///< memory of version 1, where version 2 says nothing
  bool counters = false;  ///< disk requests and kills, too
};

/// What cgroup files say that containers used, beyond what CgroupFilesReader reads of every one:
/// disk requests and kills where no program counts them, and all of it where the controllers are on
/// version 1. Reading allocates nothing once the files are open.
class UseFiles {
 public:
  /// `most`: files kept open of each hierarchy.
  explicit UseFiles(UseFilesOptions options, std::size_t most = kept_files_limit());

  /// Writes what is said into `to`, and leaves alone what is not. `pid`: a process of the cgroup,
  /// by which version 1 finds it.
  void read(const std::string& path, std::optional<std::uint32_t> pid, UsePlace& place,
            sense::FileTotals& to);
  /// A process of the cgroup; no value when it has none.
  [[nodiscard]] std::optional<std::uint32_t> first_process(const std::string& path);
  /// Closes the files of a container that is gone.
  void forget(const std::string& path, const UsePlace& place);

 private:
  void look_for(std::uint32_t pid, UsePlace& place) const;
  void read_version_1(const UsePlace& place, sense::FileTotals& to);
  [[nodiscard]] sense::MemoryUse memory_of(KeptFiles::Directory& directory);

  UseFilesOptions options_;
  std::map<std::string, std::string> controllers_;  ///< version 1 mounts by name
  KeptFiles cgroups_, memory_, block_;
};

}  // namespace kernwise::kernel
