// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/view/pods.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

namespace kernwise::view {
namespace {

/// Containers of one pod share its UID; cgroups without one share namespace and name.
using PodKey = std::tuple<std::string, std::string, std::string>;

PodKey key_of(const report::Container& container) {
  if (!container.pod_uid.empty()) return {container.pod_uid, {}, {}};
  return {{}, container.name.pod_namespace, container.name.pod};
}

Pod named_pod(const report::Container& container, const report::Report& report,
              const NameBook& book) {
  Pod pod;
  pod.uid = container.pod_uid;
  pod.pod_namespace = container.name.pod_namespace;
  pod.name = container.name.pod;
  pod.workload = workload_of(container.name);
  pod.node = report.node;
  const NamedPod* const known = book.find(report.node, container.pod_uid, container.container_id);
  if (known == nullptr) return pod;
  pod.app = known->app;
  pod.image = known->image;
  pod.addresses = known->addresses;
  pod.ignored = known->ignored;
  pod.priority = known->priority;
  return pod;
}

void add_rates(Pod& pod, const report::Container& container, double window_seconds) {
  pod.requests_per_second += static_cast<double>(container.inbound.requests) / window_seconds;
  pod.completed_per_second += static_cast<double>(container.inbound.completed) / window_seconds;
  pod.in_flight += container.inbound.in_flight;
  pod.memory_bytes += container.memory_working_set_bytes.value_or(0);
}

void add_shares(Pod& pod, const report::Container& container) {
  for (std::size_t share = 0; share < kShareCount; ++share) {
    pod.shares[static_cast<Share>(share)] += container.shares[static_cast<Share>(share)];
  }
  pod.behind_others += container.behind_others;
}

/// The container that does and waits most speaks for the pod.
void take_verdict(Pod& pod, const report::Report& report) {
  const auto busiest = std::max_element(
      pod.containers.begin(), pod.containers.end(), [&](std::size_t left, std::size_t right) {
        return report.containers[left].shares.active() < report.containers[right].shares.active();
      });
  const report::Container& speaker = report.containers[*busiest];
  pod.verdict = speaker.verdict;
  pod.confidence = speaker.confidence;
  pod.evidence = speaker.evidence;
}

/// A name without a container's speaks for all of the pod.
bool is_of_pod(const report::Name& name) {
  return name.container.empty();
}

/// The pod's own request, else what its containers request.
std::optional<double> request_of(const Pod& pod, const report::Report& report) {
  std::optional<double> sum;
  for (const std::size_t at : pod.containers) {
    const report::Name& name = report.containers[at].name;
    if (!name.request) continue;
    if (is_of_pod(name)) return name.request;
    sum = sum.value_or(0) + *name.request;
  }
  return sum;
}

/// The pod's own limit, else what the limits or quotas of its containers add up to, if all have
/// one.
std::optional<double> limit_of(const Pod& pod, const report::Report& report) {
  double sum = 0;
  for (const std::size_t at : pod.containers) {
    const report::Container& container = report.containers[at];
    const auto& limit = container.name.limit ? container.name.limit : container.cpu_limit;
    if (container.name.limit && is_of_pod(container.name)) return limit;
    if (!limit) return std::nullopt;
    sum += *limit;
  }
  return sum;
}

}  // namespace

void join_all_names(report::Report& report, const NameBook& book) {
  for (report::Container& container : report.containers) {
    container.name = join_names(report.node, container, book);
  }
}

std::int32_t top_priority_of(const std::vector<Pod>& pods) {
  // Beyond lie the system's own classes. A node's proxy is on every node: it would make all of them
  // alike.
  constexpr std::int64_t kHighestOfUsers = 1'000'000'000;
  std::int64_t top = std::numeric_limits<std::int32_t>::min();
  for (const Pod& pod : pods) {
    if (pod.priority && *pod.priority <= kHighestOfUsers) top = std::max(top, *pod.priority);
  }
  return static_cast<std::int32_t>(top);
}

std::vector<Pod> pods_of(const report::Report& report, const NameBook& book) {
  const double window = std::max(0.001, report.window_ms / 1000.0);
  std::map<PodKey, Pod> pods;
  for (std::size_t at = 0; at < report.containers.size(); ++at) {
    const report::Container& container = report.containers[at];
    const auto [entry, added] = pods.try_emplace(key_of(container));
    if (added) entry->second = named_pod(container, report, book);
    entry->second.containers.push_back(at);
    add_shares(entry->second, container);
    add_rates(entry->second, container, window);
  }
  std::vector<Pod> sorted;
  sorted.reserve(pods.size());
  for (auto& [key, pod] : pods) {
    take_verdict(pod, report);
    pod.request = request_of(pod, report);
    pod.limit = limit_of(pod, report);
    sorted.push_back(std::move(pod));
  }
  std::sort(sorted.begin(), sorted.end(), [](const Pod& left, const Pod& right) {
    return std::tie(left.pod_namespace, left.name, left.uid) <
           std::tie(right.pod_namespace, right.name, right.uid);
  });
  return sorted;
}

}  // namespace kernwise::view
