// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
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
  std::set<std::uint64_t> refused;                    ///< of its own that count in the aggregate
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
  /// A slot that something in the kernel still refers to rests on, at most for so many.
  static constexpr std::uint64_t kLongestRest = 60;
  static constexpr std::size_t kMaxNested = 1024;   ///< cgroups of one container
  static constexpr std::size_t kMaxCgroups = 8192;  ///< of all; KW_MAX_CGROUPS
  static constexpr std::size_t kMaxWaiting = 4096;  ///< remembered of those without room

  explicit ContainerTable(std::uint32_t slots);

  /// A cgroup came into being or was found. No value: it belongs to the aggregate (pod-level and
  /// slice cgroups), or no slot is free (counted in `overflow`).
  [[nodiscard]] std::optional<Assignment> appeared(std::uint64_t cgroup_id,
                                                   const std::string& path);
  /// The kernel side has no room for a cgroup of that container.
  void refused(std::uint32_t slot, std::uint64_t cgroup_id);
  /// A cgroup is gone; its last window is still reported.
  void vanished(std::uint64_t cgroup_id, std::uint64_t window);
  /// Moves a container to the aggregate for good: what to tell the kernel.
  [[nodiscard]] std::vector<Assignment> exclude(std::uint32_t slot);
  /// Ends the rest of slots whose container vanished long enough ago; they are free from now on and
  /// must be cleared by the caller. `in_use`: a late event (a socket handed on, a block request
  /// that still runs) would count there.
  [[nodiscard]] std::set<std::uint32_t> rested(
      std::uint64_t window, const std::function<bool(std::uint32_t slot)>& in_use = nullptr);

  /// Those that found no room and still live, now that there may be some. Without order.
  [[nodiscard]] std::vector<Assignment> place_waiting();
  /// The container with that first cgroup, live or resting; nullptr when there is none.
  [[nodiscard]] const TrackedContainer* find(std::uint64_t cgroup_id) const;

  /// The live cgroups that are not among `present`.
  [[nodiscard]] std::vector<std::uint64_t> absent_from(
      const std::unordered_set<std::uint64_t>& present) const;
  /// Live cgroups that count for a container.
  [[nodiscard]] std::size_t cgroups() const { return by_cgroup_.size(); }

  [[nodiscard]] const std::map<std::uint32_t, TrackedContainer>& containers() const {
    return by_slot_;
  }
  /// Cgroups that found no room since start and count in the aggregate: no slot was free, or there
  /// are too many of them.
  [[nodiscard]] std::uint64_t overflow() const { return overflow_; }

 private:
  std::optional<Assignment> join(const std::string& key, std::uint64_t cgroup_id);
  std::optional<Assignment> open(const std::string& key, std::uint64_t cgroup_id,
                                 const std::string& path);

  std::map<std::uint32_t, TrackedContainer> by_slot_;
  std::map<std::string, std::uint32_t> by_path_;      ///< live ones only
  std::map<std::uint64_t, std::uint32_t> by_cgroup_;  ///< live ones only
  std::deque<std::uint32_t> free_;                    ///< last is next
  void refuse(std::uint64_t cgroup_id, const std::string& path);

  std::map<std::uint64_t, std::string> waiting_;     ///< found no room; at most kMaxWaiting
  std::map<std::uint64_t, std::uint32_t> refused_;   ///< slot; at most kMaxWaiting
  std::map<std::uint64_t, std::uint32_t> by_first_;  ///< first cgroup of live and resting ones
  std::uint64_t overflow_ = 0;
};

}  // namespace kernwise::profiler
