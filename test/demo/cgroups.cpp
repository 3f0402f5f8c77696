// SPDX-License-Identifier: Apache-2.0
#include "test/demo/cgroups.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ranges>
#include <sstream>
#include <utility>

#include "common/base/file.hpp"

namespace kernwise::demo {

Result<std::string> cgroup2_mount(std::string_view mountinfo) {
  std::istringstream lines{std::string(mountinfo)};
  for (std::string line; std::getline(lines, line);) {
    // 41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
    if (line.find(" - cgroup2 ") == std::string::npos) continue;
    std::istringstream fields(line);
    std::string id, parent, device, root, mount_point;
    if (fields >> id >> parent >> device >> root >> mount_point) return mount_point;
  }
  return invalid("no cgroup2 hierarchy is mounted on this machine");
}

std::string burstable_path(std::string uid, std::string_view container_id) {
  std::ranges::replace(uid, '-', '_');
  return "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + uid +
         ".slice/cri-containerd-" + std::string(container_id) + ".scope";
}

Result<CgroupTree> CgroupTree::make() {
  const auto mountinfo = read_file("/proc/self/mountinfo");
  if (!mountinfo) return mountinfo.error();
  const auto mount = cgroup2_mount(*mountinfo);
  if (!mount) return mount.error();
  CgroupTree tree(*mount + "/kernwise-demo-" + std::to_string(getpid()));
  if (mkdir(tree.root_.c_str(), 0755) != 0) {
    const int reason = errno;
    return errno_error(reason, "make the cgroup " + std::exchange(tree.root_, {}));
  }
  return tree;
}

CgroupTree::CgroupTree(CgroupTree&& other) noexcept
    : root_(std::exchange(other.root_, {})), folders_(std::exchange(other.folders_, {})) {}

CgroupTree::~CgroupTree() {
  if (const auto removed = remove(); !removed)
    std::fprintf(stderr, "%s\n", removed.error().message().c_str());
}

Result<std::string> CgroupTree::add(const std::string& path) {
  std::string folder = root_;
  std::istringstream elements(path);
  for (std::string element; std::getline(elements, element, '/');) {
    folder += '/' + element;
    if (mkdir(folder.c_str(), 0755) == 0) {
      folders_.push_back(folder);
    } else if (errno != EEXIST) {
      return errno_error(errno, "make the cgroup " + folder);
    }
  }
  return folder;
}

Result<> CgroupTree::remove() {
  if (root_.empty()) return {};
  folders_.insert(folders_.begin(), std::exchange(root_, {}));
  Result<> outcome;
  for (const auto& folder : folders_ | std::views::reverse) {
    if (rmdir(folder.c_str()) != 0 && errno != ENOENT)
      outcome = errno_error(errno, "remove the cgroup " + folder);
  }
  folders_.clear();
  return outcome;
}

}  // namespace kernwise::demo
