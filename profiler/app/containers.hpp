// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "profiler/discovery/cgroup_path.hpp"

namespace kernwise::profiler {

/// One container (or plain leaf cgroup) and the kernel slot that counts for it.
struct TrackedContainer {
  std::uint32_t slot = 0;
  std::uint64_t cgroup_id = 0;
  std::string path;
  std::optional<discovery::CgroupIdentity> identity;  ///< no value: not a Kubernetes container
  std::vector<std::uint64_t> cgroups;                 ///< its own id and those nested below it
  bool excluded = false;  ///< counted in the aggregate; keeps its slot until it is gone
  std::optional<std::uint64_t> gone_at_window;
};

/// What to tell the kernel: charge this cgroup to that slot.
struct Assignment {
  std::uint64_t cgroup_id = 0;
  std::uint32_t slot = 0;
};

/// Which cgroups are containers and which slot each has. Slots of vanished containers rest for
/// kRestWindows, so that late events of the old one never count for a new one.
class ContainerTable {
 public:
  static constexpr std::uint64_t kRestWindows = 2;

  explicit ContainerTable(std::uint32_t slots);

  /// A cgroup came into being or was found. No value: it belongs to the aggregate (pod-level and
  /// slice cgroups), or no slot is free (counted in `overflow`).
  [[nodiscard]] std::optional<Assignment> appeared(std::uint64_t cgroup_id,
                                                   const std::string& path);
  /// A cgroup is gone; its last window is still reported.
  void vanished(std::uint64_t cgroup_id, std::uint64_t window);
  /// Moves a container to the aggregate for good: what to tell the kernel.
  [[nodiscard]] std::vector<Assignment> exclude(std::uint32_t slot);
  /// Ends the rest of slots whose container vanished long enough ago; they are free from now on and
  /// must be cleared by the caller.
  [[nodiscard]] std::vector<std::uint32_t> rested(std::uint64_t window);

  [[nodiscard]] const std::map<std::uint32_t, TrackedContainer>& containers() const {
    return by_slot_;
  }
  /// Containers that found no free slot since start.
  [[nodiscard]] std::uint64_t overflow() const { return overflow_; }

 private:
  std::optional<Assignment> join(const std::string& key, std::uint64_t cgroup_id);
  std::optional<Assignment> open(const std::string& key, std::uint64_t cgroup_id,
                                 const std::string& path);

  std::map<std::uint32_t, TrackedContainer> by_slot_;
  std::map<std::string, std::uint32_t> by_path_;      ///< live ones only
  std::map<std::uint64_t, std::uint32_t> by_cgroup_;  ///< live ones only
  std::vector<std::uint32_t> free_;                   ///< last is next
  std::uint64_t overflow_ = 0;
};

}  // namespace kernwise::profiler
