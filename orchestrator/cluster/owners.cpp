// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/owners.hpp"

#include <algorithm>
#include <string_view>

namespace kernwise::cluster {
namespace {

/// Longer chains than this are a circle.
constexpr int kMostSteps = 8;

std::string key(std::string_view name_space, std::string_view kind, std::string_view name) {
  std::string text(name_space);
  return text.append("/").append(kind).append("/").append(name);
}

std::string kind_and_name(std::string_view kind, std::string_view name) {
  return std::string(kind).append("/").append(name);
}

bool is_apps(const kube::Owner& owner) {
  return owner.api_version.starts_with("apps/");
}

/// `backup` of `backup-29384710`: a CronJob ends the names of its Jobs with the minutes since 1970
/// (kubernetes pkg/controller/cronjob, getJobName). Empty for other names.
std::string_view cron_job_of(std::string_view job) {
  const std::size_t dash = job.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return {};
  const std::string_view minutes = job.substr(dash + 1);
  const bool digits =
      std::all_of(minutes.begin(), minutes.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits && minutes.size() >= 8 && minutes.size() <= 10 ? job.substr(0, dash)
                                                               : std::string_view();
}

/// `cart` of ReplicaSet `cart-7d4b9c6f5d` when the pod has that hash as its label.
std::string_view deployment_of(std::string_view replica_set, const kube::Labels& labels) {
  const auto hash = labels.find("pod-template-hash");
  if (hash == labels.end() || hash->second.empty()) return {};
  const std::string suffix = "-" + hash->second;
  if (!replica_set.ends_with(suffix) || replica_set.size() == suffix.size()) return {};
  return replica_set.substr(0, replica_set.size() - suffix.size());
}

/// Where no object tells who owns that one.
std::string by_name(const kube::Owner& owner, const kube::Labels& labels) {
  if (owner.kind == "Job" && owner.api_version.starts_with("batch/")) {
    const std::string_view cron_job = cron_job_of(owner.name);
    if (!cron_job.empty()) return kind_and_name("CronJob", cron_job);
  }
  if (owner.kind == "ReplicaSet" && is_apps(owner)) {
    const std::string_view deployment = deployment_of(owner.name, labels);
    if (!deployment.empty()) return kind_and_name("Deployment", deployment);
  }
  return kind_and_name(owner.kind, owner.name);
}

bool is_owned(const kube::Meta& meta) {
  return meta.controller && meta.controller->kind != "Node";
}

}  // namespace

std::string controller_key(const kube::Controller& controller) {
  return key(controller.meta.name_space, controller.kind, controller.meta.name);
}

std::string owner_key(const kube::Meta& meta) {
  return is_owned(meta) ? key(meta.name_space, meta.controller->kind, meta.controller->name)
                        : std::string();
}

std::string top_owner(const kube::Pod& pod, const Controllers& known) {
  if (!is_owned(pod.meta)) return kind_and_name("Pod", pod.meta.name);
  const kube::Owner* owner = &*pod.meta.controller;
  for (int step = 0; step < kMostSteps; ++step) {
    if (!is_apps(*owner)) break;
    const auto found = known.find(key(pod.meta.name_space, owner->kind, owner->name));
    if (found == known.end()) break;
    const kube::Meta& meta = found->second->meta;
    if (!is_owned(meta)) return kind_and_name(owner->kind, owner->name);
    owner = &*meta.controller;
  }
  return by_name(*owner, pod.meta.labels);
}

}  // namespace kernwise::cluster
