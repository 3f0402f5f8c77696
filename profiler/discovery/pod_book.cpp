// SPDX-License-Identifier: Apache-2.0
#include "profiler/discovery/pod_book.hpp"

#include <algorithm>
#include <set>

namespace kernwise::discovery {

namespace {

/// 32 hex digits: never the uid of a pod of the API, so that nobody takes another one's place by
/// writing the annotation.
bool is_hash(std::string_view text) {
  constexpr std::size_t kLength = 32;
  return text.size() == kLength && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

/// The kubelet names the cgroup of a static pod after the hash of its manifest; its mirror pod in
/// the API has another uid.
const std::string& PodBook::cgroup_uid(const PodRecord& pod) {
  return is_hash(pod.config_hash) ? pod.config_hash : pod.uid;
}

void PodBook::replace(std::vector<PodRecord> pods, MonoTime now) {
  std::set<std::string, std::less<>> present;
  for (auto& pod : pods) {
    present.insert(cgroup_uid(pod));
    put(std::move(pod), now);
  }
  for (auto& [uid, entry] : pods_) {
    if (!present.contains(uid) && !entry.deleted) entry.deleted = now;
  }
  forget(now);
}

void PodBook::put(PodRecord pod, MonoTime now) {
  const auto uid = cgroup_uid(pod);
  if (pods_.size() >= kMaxPods && !pods_.contains(uid)) forget(now);
  const auto known = pods_.find(uid);
  if (known == pods_.end() && pods_.size() >= kMaxPods) return;
  // Who was first keeps the place while it lives.
  const bool taken =
      known != pods_.end() && !known->second.deleted &&
      (known->second.pod.name != pod.name || known->second.pod.pod_namespace != pod.pod_namespace);
  if (taken) return;
  pods_.insert_or_assign(uid, Entry{.pod = std::move(pod), .deleted = std::nullopt});
}

void PodBook::remove(const std::string& uid, MonoTime now) {
  for (auto& [key, entry] : pods_) {
    if (entry.pod.uid == uid && !entry.deleted) entry.deleted = now;
  }
  forget(now);
}

void PodBook::forget(MonoTime now) {
  std::erase_if(pods_, [now](const auto& each) {
    return each.second.deleted && now - *each.second.deleted >= kKeepDeleted;
  });
}

std::optional<report::Name> PodBook::find(const report::NameRequest& cgroup, MonoTime now) {
  const auto found = pods_.find(cgroup.pod_uid);
  if (found == pods_.end()) return std::nullopt;
  const auto& pod = found->second.pod;
  report::Name name;
  name.pod_namespace = pod.pod_namespace;
  name.pod = pod.name;
  name.workload = pod.workload;
  const auto container = std::ranges::find(pod.containers, cgroup.container_id, &PodContainer::id);
  if (container != pod.containers.end()) {
    name.container = container->name;
    name.request = container->request;
    name.limit = container->limit;
    return name;
  }
  if (const auto* since = unlisted_.find(cgroup.container_id)) {
    if (now - *since >= kLateStatus) name.container = kSandbox;
  } else {
    unlisted_.put(cgroup.container_id, now);
  }
  return name;
}

const Labels* PodBook::labels_of(const std::string& uid) const {
  const auto found = pods_.find(uid);
  return found == pods_.end() ? nullptr : &found->second.pod.labels;
}

}  // namespace kernwise::discovery
