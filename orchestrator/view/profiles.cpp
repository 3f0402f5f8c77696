// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/view/profiles.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "orchestrator/view/influence.hpp"
#include "orchestrator/view/names.hpp"

namespace kernwise::view {
namespace {

using placement::PerResource;
using placement::PodFacts;
using placement::PodProfile;

constexpr std::size_t kCpu = 0, kDisk = 1, kMemory = 2;
constexpr std::size_t kMostWorkloads = 20'000;
constexpr std::size_t kMostReplicas = 64;  ///< n/(n+5) is 0.93 there; more say nothing new
constexpr std::chrono::hours kForgetAfter{24};
constexpr double kSmoothing = 0.2;  ///< weight of the newest look
constexpr double kMostOfOneNode = 1.0 / 3;
constexpr double kMostSensitive = 3;

double amount(double value) {
  return std::isfinite(value) && value > 0 ? value : 0.0;
}

PerResource shares_by_resource(const WaitShares& shares) {
  return {amount(shares.demand()), amount(shares[Share::disk]), amount(shares[Share::memory])};
}

PerResource normalised(const PerResource& amounts) {
  const double sum = amounts[kCpu] + amounts[kDisk] + amounts[kMemory];
  if (sum < 1e-3) return {};
  return {amounts[kCpu] / sum, amounts[kDisk] / sum, amounts[kMemory] / sum};
}

bool is_empty(const PerResource& mix) {
  return mix[kCpu] + mix[kDisk] + mix[kMemory] <= 0;
}

/// The 90th percentile of a stream without keeping it: up nine times as far as down.
double towards_p90(double estimate, double value) {
  const double step = std::max(0.02 * std::max(estimate, value), 1e-6);
  return value > estimate ? std::min(value, estimate + 9 * step) : std::max(value, estimate - step);
}

std::string app_key(std::string_view pod_namespace, std::string_view app) {
  return std::string(pod_namespace) + "/" + std::string(app);
}

PodProfile blend(const PodProfile& learned, const PodFacts& pod, const char* source) {
  PodProfile profile = placement::profile_prior(pod.requests, pod.limits);
  for (std::size_t r = 0; r < placement::kResources; ++r) {
    profile.demand[r] =
        learned.confidence * learned.demand[r] + (1 - learned.confidence) * profile.demand[r];
  }
  if (!is_empty(learned.mix)) profile.mix = learned.mix;
  profile.sensitivity = learned.sensitivity;
  profile.confidence = learned.confidence;
  profile.source = source;
  return profile;
}

/// The pods of one workload on one node.
struct OnNode {
  PerResource amounts{}, stalled{};
  double active = 0, memory_bytes = 0, pods = 0;
};

void add(OnNode& node, const Pod& pod) {
  const PerResource amounts = shares_by_resource(pod.shares);
  for (std::size_t r = 0; r < placement::kResources; ++r) node.amounts[r] += amounts[r];
  node.stalled[kCpu] += amount(pod.shares[Share::runqueue]);
  node.stalled[kDisk] += amounts[kDisk];
  node.stalled[kMemory] += amounts[kMemory];
  node.active += amount(pod.shares.active());
  node.memory_bytes += static_cast<double>(pod.memory_bytes);
  node.pods += 1;
}

const PodProfile* find(const LearnedBook::Profiles& profiles, std::string_view key) {
  const auto found = profiles.find(key);
  return found == profiles.end() ? nullptr : &found->second;
}

std::string_view app_of(const PodFacts& pod) {
  const std::string_view name = pod.label("app.kubernetes.io/name");
  return name.empty() ? pod.label("app") : name;
}

}  // namespace

LearnedBook::LearnedBook(Profiles by_workload, Profiles by_app, Profiles by_image)
    : by_workload_(std::move(by_workload)),
      by_app_(std::move(by_app)),
      by_image_(std::move(by_image)) {}

const PodProfile* LearnedBook::of_workload(std::string_view name) const {
  return find(by_workload_, name);
}

PodProfile LearnedBook::profile_of(const PodFacts& pod) const {
  if (const auto owner = workload_of(pod)) {
    if (const PodProfile* known = find(by_workload_, *owner)) return blend(*known, pod, "owner");
  }
  if (const std::string_view app = app_of(pod); !app.empty()) {
    const PodProfile* known = find(by_app_, app_key(pod.pod_namespace, app));
    if (known != nullptr) return blend(*known, pod, "app");
  }
  if (!pod.images.empty()) {
    const PodProfile* known = find(by_image_, pod.images.front());
    if (known != nullptr) return blend(*known, pod, "image");
  }
  return placement::profile_prior(pod.requests, pod.limits);
}

std::optional<std::string> workload_of(const PodFacts& pod) {
  const placement::Owner* owner = pod.controller();
  if (owner == nullptr) return std::nullopt;
  std::string kind = owner->kind, name = owner->name;
  const std::string_view hash = pod.label("pod-template-hash");
  if (kind == "ReplicaSet" && !hash.empty() && name.ends_with("-" + std::string(hash))) {
    kind = "Deployment";
    name.resize(name.size() - hash.size() - 1);
  }
  return pod.pod_namespace + "/" + kind + "/" + name;
}

/// What one look at a workload shows, per pod.
struct ProfileLearner::Look {
  PerResource demand{}, mix{}, stalled{};
  bool any = false;
};

ProfileLearner::Look ProfileLearner::look_at(const Workload& workload, MonoTime now) {
  std::map<const NodeState*, OnNode> nodes;
  for (const PodRef& ref : workload.pods) {
    if (ref.node->fresh(now)) add(nodes[ref.node], *ref.pod);
  }
  Look look{.any = !nodes.empty()};
  std::vector<double> weights;
  weights.reserve(nodes.size());
  for (const auto& [state, node] : nodes) weights.push_back(node.pods);
  weights = capped(std::move(weights), nodes.size() >= 3 ? kMostOfOneNode : 1.0);
  auto weight = weights.begin();
  PerResource mix{};
  for (const auto& [state, node] : nodes) {
    look.demand[kCpu] += *weight * node.amounts[kCpu] / node.pods;
    look.demand[kDisk] += *weight * std::min(1.0, node.amounts[kDisk] / node.pods);
    look.demand[kMemory] += *weight * node.memory_bytes / node.pods;
    const PerResource part = normalised(node.amounts);
    for (std::size_t r = 0; r < placement::kResources; ++r) {
      mix[r] += *weight * part[r];
      if (node.active > 0) look.stalled[r] += *weight * node.stalled[r] / node.active;
    }
    ++weight;
  }
  look.mix = normalised(mix);
  return look;
}

void ProfileLearner::absorb(Learned& learned, const Look& look) {
  const bool first = learned.replicas.empty();
  for (std::size_t r = 0; r < placement::kResources; ++r) {
    learned.demand[r] = first ? look.demand[r] : towards_p90(learned.demand[r], look.demand[r]);
    learned.stalled[r] =
        first ? look.stalled[r]
              : learned.stalled[r] + kSmoothing * (look.stalled[r] - learned.stalled[r]);
  }
  // An idle window says nothing of what the workload does when it works.
  if (is_empty(look.mix)) return;
  const bool first_work = is_empty(learned.mix);
  for (std::size_t r = 0; r < placement::kResources; ++r) {
    learned.mix[r] =
        first_work ? look.mix[r] : learned.mix[r] + kSmoothing * (look.mix[r] - learned.mix[r]);
  }
}

void ProfileLearner::absorb_requests(Learned& learned, const Believed& believed) {
  learned.most_cores = std::max(learned.most_cores, believed.most_cores);
  const double now = believed.cores_per_request;
  if (now <= 0) return;
  learned.cores_per_request =
      learned.cores_per_request <= 0
          ? now
          : learned.cores_per_request + kSmoothing * (now - learned.cores_per_request);
}

void ProfileLearner::observe(const Workloads& workloads, MonoTime now) {
  for (const auto& [name, workload] : workloads) {
    const bool known = workloads_.contains(name);
    if (!known && workloads_.size() >= kMostWorkloads) continue;
    const Look look = look_at(workload, now);
    if (!look.any) continue;
    Learned& learned = workloads_[name];
    absorb(learned, look);
    absorb_requests(learned, believed_of(workload, now));
    learned.seen = now;
    for (const PodRef& ref : workload.pods) {
      if (learned.replicas.size() >= kMostReplicas) break;
      const std::string& id = ref.pod->uid.empty() ? ref.pod->name : ref.pod->uid;
      learned.replicas.insert(std::hash<std::string>{}(id));
    }
    const Pod& pod = *workload.pods.front().pod;
    learned.app = pod.app.empty() ? "" : app_key(pod.pod_namespace, pod.app);
    learned.image = pod.image;
  }
  std::erase_if(workloads_,
                [&](const auto& entry) { return now - entry.second.seen > kForgetAfter; });
}

std::vector<KeptProfile> ProfileLearner::kept() const {
  std::vector<KeptProfile> all;
  all.reserve(workloads_.size());
  for (const auto& [name, learned] : workloads_) {
    all.push_back({.workload = name,
                   .demand = learned.demand,
                   .mix = learned.mix,
                   .stalled = learned.stalled,
                   .replicas = {learned.replicas.begin(), learned.replicas.end()},
                   .app = learned.app,
                   .image = learned.image,
                   .most_cores = learned.most_cores,
                   .cores_per_request = learned.cores_per_request,
                   .seen = learned.seen});
  }
  return all;
}

bool ProfileLearner::restore(const KeptProfile& kept, MonoTime now) {
  if (workloads_.size() >= kMostWorkloads || now - kept.seen > kForgetAfter) return false;
  if (kept.replicas.empty() || kept.replicas.size() > kMostReplicas) return false;
  const Learned learned{.demand = kept.demand,
                        .mix = kept.mix,
                        .stalled = kept.stalled,
                        .replicas = {kept.replicas.begin(), kept.replicas.end()},
                        .app = kept.app,
                        .image = kept.image,
                        .most_cores = kept.most_cores,
                        .cores_per_request = kept.cores_per_request,
                        .seen = kept.seen};
  return workloads_.emplace(kept.workload, learned).second;
}

PerResource ProfileLearner::mean_stalled() const {
  PerResource mean{};
  if (workloads_.empty()) return mean;
  for (const auto& [name, learned] : workloads_) {
    for (std::size_t r = 0; r < placement::kResources; ++r) mean[r] += learned.stalled[r];
  }
  for (double& value : mean) value /= static_cast<double>(workloads_.size());
  return mean;
}

std::shared_ptr<const LearnedBook> ProfileLearner::book() const {
  LearnedBook::Profiles by_workload, by_app, by_image;
  const PerResource mean = mean_stalled();
  for (const auto& [name, learned] : workloads_) {
    const auto seen = static_cast<double>(learned.replicas.size());
    PodProfile profile{.demand = learned.demand,
                       .mix = learned.mix,
                       .confidence = seen / (seen + 5),
                       .source = "owner"};
    for (std::size_t r = 0; r < placement::kResources; ++r) {
      if (mean[r] < 1e-3) continue;
      const double relative = std::min(learned.stalled[r] / mean[r], kMostSensitive);
      profile.sensitivity[r] = 1 + profile.confidence * (relative - 1);
    }
    if (!learned.app.empty()) by_app.insert_or_assign(learned.app, profile);
    if (!learned.image.empty()) by_image.insert_or_assign(learned.image, profile);
    by_workload.emplace(name, std::move(profile));
  }
  return std::make_shared<const LearnedBook>(std::move(by_workload), std::move(by_app),
                                             std::move(by_image));
}

double ProfileLearner::most_cores(std::string_view workload) const {
  const auto found = workloads_.find(workload);
  return found == workloads_.end() ? 0 : found->second.most_cores;
}

double ProfileLearner::cores_per_request(std::string_view workload) const {
  const auto found = workloads_.find(workload);
  return found == workloads_.end() ? 0 : found->second.cores_per_request;
}

}  // namespace kernwise::view
