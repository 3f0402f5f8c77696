// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/containers.hpp"

#include <algorithm>

namespace kernwise::profiler {
namespace {

/// Below a kubepods cgroup only containers count by themselves; everything else there (the pod's
/// own cgroup, conmon) runs no work of the pod.
bool is_kubernetes_path(const std::string& path) {
  return path.find("kubepods") != std::string::npos;
}

}  // namespace

ContainerTable::ContainerTable(std::uint32_t slots) {
  for (std::uint32_t slot = slots; slot > 1; --slot) free_.push_back(slot - 1);
}

std::optional<Assignment> ContainerTable::appeared(std::uint64_t cgroup_id,
                                                   const std::string& path) {
  if (by_cgroup_.contains(cgroup_id)) return std::nullopt;
  if (const auto container = discovery::container_cgroup(path)) {
    const std::string key(*container);
    return by_path_.contains(key) ? join(key, cgroup_id) : open(key, cgroup_id, path);
  }
  if (is_kubernetes_path(path)) return std::nullopt;
  return open(path, cgroup_id, path);
}

std::optional<Assignment> ContainerTable::join(const std::string& key, std::uint64_t cgroup_id) {
  auto& container = by_slot_.at(by_path_.at(key));
  if (container.cgroups.size() >= kMaxNested || by_cgroup_.size() >= kMaxCgroups) {
    ++overflow_;  // its own doing: it does not wait for room
    refused(container.slot, cgroup_id);
    return std::nullopt;
  }
  container.cgroups.push_back(cgroup_id);
  by_cgroup_[cgroup_id] = container.slot;
  return Assignment{cgroup_id, container.excluded ? 0 : container.slot};
}

std::optional<Assignment> ContainerTable::open(const std::string& key, std::uint64_t cgroup_id,
                                               const std::string& path) {
  if (free_.empty() || by_cgroup_.size() >= kMaxCgroups) {
    refuse(cgroup_id, path);
    return std::nullopt;
  }
  TrackedContainer container;
  container.slot = free_.back();
  container.cgroup_id = cgroup_id;
  container.path = key;
  container.identity = discovery::parse_cgroup_path(path);
  container.cgroups = {cgroup_id};
  free_.pop_back();
  by_path_[key] = container.slot;
  by_cgroup_[cgroup_id] = container.slot;
  by_first_[cgroup_id] = container.slot;
  const Assignment assignment{cgroup_id, container.slot};
  by_slot_.emplace(container.slot, std::move(container));
  return assignment;
}

void ContainerTable::refuse(std::uint64_t cgroup_id, const std::string& path) {
  if (waiting_.contains(cgroup_id)) return;
  ++overflow_;
  if (waiting_.size() < kMaxWaiting) waiting_.emplace(cgroup_id, path);
}

void ContainerTable::refused(std::uint32_t slot, std::uint64_t cgroup_id) {
  const auto found = by_slot_.find(slot);
  if (found == by_slot_.end() || refused_.size() >= kMaxWaiting) return;
  refused_[cgroup_id] = slot;
  found->second.refused.insert(cgroup_id);
}

std::vector<Assignment> ContainerTable::place_waiting() {
  std::vector<Assignment> placed;
  for (auto each = waiting_.begin(); each != waiting_.end() && !free_.empty();) {
    const auto assignment = appeared(each->first, each->second);
    if (!assignment) break;  // no room after all
    placed.push_back(*assignment);
    each = waiting_.erase(each);
  }
  return placed;
}

const TrackedContainer* ContainerTable::find(std::uint64_t cgroup_id) const {
  const auto found = by_first_.find(cgroup_id);
  return found == by_first_.end() ? nullptr : &by_slot_.at(found->second);
}

void ContainerTable::vanished(std::uint64_t cgroup_id, std::uint64_t window) {
  waiting_.erase(cgroup_id);
  if (const auto refused = refused_.find(cgroup_id); refused != refused_.end()) {
    by_slot_.at(refused->second).refused.erase(cgroup_id);
    refused_.erase(refused);
  }
  const auto found = by_cgroup_.find(cgroup_id);
  if (found == by_cgroup_.end()) return;
  auto& container = by_slot_.at(found->second);
  by_cgroup_.erase(found);
  std::erase(container.cgroups, cgroup_id);
  if (!container.cgroups.empty()) return;
  container.gone_at_window = window;
  by_path_.erase(container.path);
}

std::vector<Assignment> ContainerTable::exclude(std::uint32_t slot) {
  std::vector<Assignment> assignments;
  const auto found = by_slot_.find(slot);
  if (found == by_slot_.end() || found->second.excluded) return assignments;
  found->second.excluded = true;
  for (const auto cgroup : found->second.cgroups) assignments.push_back({cgroup, 0});
  return assignments;
}

std::set<std::uint32_t> ContainerTable::rested(std::uint64_t window,
                                               const std::function<bool(std::uint32_t)>& in_use) {
  std::set<std::uint32_t> slots;
  for (const auto& [slot, container] : by_slot_) {
    if (!container.gone_at_window || window < *container.gone_at_window + kRestWindows) continue;
    const bool overdue = window >= *container.gone_at_window + kLongestRest;
    if (overdue || !in_use || !in_use(slot)) slots.insert(slot);
  }
  for (const auto slot : slots) {
    const auto& container = by_slot_.at(slot);
    by_first_.erase(container.cgroup_id);
    for (const auto cgroup : container.refused) refused_.erase(cgroup);
    by_slot_.erase(slot);
    free_.push_front(slot);  // the longest unused comes first
  }
  return slots;
}

std::vector<std::uint64_t> ContainerTable::absent_from(
    const std::unordered_set<std::uint64_t>& present) const {
  std::vector<std::uint64_t> absent;
  for (const auto& [id, slot] : by_cgroup_) {
    if (!present.contains(id)) absent.push_back(id);
  }
  return absent;
}

}  // namespace kernwise::profiler
