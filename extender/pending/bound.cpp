// SPDX-License-Identifier: Apache-2.0
#include "extender/pending/bound.hpp"

#include <algorithm>
#include <utility>

namespace kernwise::pending {

using placement::kResources;
using placement::PerResource;

void Bound::add(Pods& pods, std::string uid, Pod&& pod) {
  if (pods.size() >= limits_.pods) return;
  of_node_[pod.node].insert(uid);
  pods.try_emplace(std::move(uid), std::move(pod));
}

Bound::Pods::iterator Bound::erase(Pods& pods, Pods::iterator pod) {
  const auto node = of_node_.find(pod->second.node);
  node->second.erase(pod->first);
  if (node->second.empty()) of_node_.erase(node);
  return pods.erase(pod);
}

void Bound::bind(std::string uid, std::string node, const PerResource& demand, MonoTime now,
                 double confidence) {
  if (coming_.contains(uid) || leaving_.contains(uid)) return;
  add(coming_, std::move(uid),
      {.node = std::move(node), .amount = usual_.counted(demand, confidence), .since = now});
}

void Bound::leave(std::string uid, std::string node, const PerResource& use, MonoTime now) {
  if (leaving_.contains(uid)) return;
  if (const auto known = coming_.find(uid); known != coming_.end()) erase(coming_, known);
  add(leaving_, std::move(uid), {.node = std::move(node), .amount = use, .since = now});
}

void Bound::remove(std::string_view uid) {
  for (Pods* pods : {&coming_, &leaving_}) {
    if (const auto found = pods->find(uid); found != pods->end()) erase(*pods, found);
  }
}

void Bound::arrived(const Arrived& report) {
  const auto node = of_node_.find(report.node);
  if (node == of_node_.end()) return;
  for (const std::string& uid : std::set(node->second)) {
    const bool known = report.has(uid);
    // Its use is part of the measured load only while reports know it.
    if (const auto leaving = leaving_.find(uid); leaving != leaving_.end() && !known) {
      erase(leaving_, leaving);
    }
    const auto coming = coming_.find(uid);
    if (coming == coming_.end() || !known) continue;
    Pod& pod = coming->second;
    if (!pod.first_seen) pod.first_seen = report.at;
    pod.visible = std::clamp((report.at - *pod.first_seen) / Seconds(report.window), 0.0, 1.0);
    if (pod.visible >= 1) erase(coming_, coming);
  }
}

bool Bound::expire(MonoTime now) {
  const std::size_t before = coming_.size() + leaving_.size();
  for (Pods* pods : {&coming_, &leaving_}) {
    for (auto pod = pods->begin(); pod != pods->end();) {
      pod = now - pod->second.since > limits_.deadline ? erase(*pods, pod) : std::next(pod);
    }
  }
  return coming_.size() + leaving_.size() != before;
}

std::set<std::string, std::less<>> Bound::uids() const {
  std::set<std::string, std::less<>> uids;
  for (const auto& [uid, coming] : coming_) uids.insert(uids.end(), uid);
  return uids;
}

std::map<std::string, PerResource, std::less<>> Bound::by_node() const {
  std::map<std::string, PerResource, std::less<>> nodes;
  for (const auto& [uid, coming] : coming_) {
    PerResource& node = nodes[coming.node];
    for (std::size_t r = 0; r < kResources; ++r) node[r] += coming.amount[r] * (1 - coming.visible);
  }
  for (const auto& [uid, leaving] : leaving_) {
    PerResource& node = nodes[leaving.node];
    for (std::size_t r = 0; r < kResources; ++r) node[r] -= leaving.amount[r];
  }
  return nodes;
}

}  // namespace kernwise::pending
