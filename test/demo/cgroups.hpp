// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/base/result.hpp"

namespace kernwise::demo {

/// Where the cgroup2 hierarchy is mounted, from the text of /proc/self/mountinfo. On machines with
/// both versions it is a folder beside the v1 controllers. Errors: there is none.
[[nodiscard]] Result<std::string> cgroup2_mount(std::string_view mountinfo);

/// The folder that a kubelet with the systemd driver gives a container of a Burstable pod, below
/// the cgroup root. `uid` has dashes, `container_id` is 64 hex digits.
[[nodiscard]] std::string burstable_path(std::string uid, std::string_view container_id);

/// cgroups made below one new folder of this process, all removed again by the destructor.
class CgroupTree {
 public:
  /// Errors: no cgroup2 here, or not allowed to make folders in it (not root, read-only mount).
  [[nodiscard]] static Result<CgroupTree> make();
  CgroupTree(CgroupTree&& other) noexcept;
  CgroupTree& operator=(CgroupTree&&) = delete;
  ~CgroupTree();

  /// Makes `path` below the tree's own folder; gives the full path of the new folder.
  [[nodiscard]] Result<std::string> add(const std::string& path);
  [[nodiscard]] const std::string& root() const { return root_; }
  /// Removes all of it, innermost first; processes in it must have ended. Errors: what is left.
  [[nodiscard]] Result<> remove();

 private:
  explicit CgroupTree(std::string root) : root_(std::move(root)) {}
  std::string root_;                  ///< empty once removed
  std::vector<std::string> folders_;  ///< in the order in which they were made
};

}  // namespace kernwise::demo
