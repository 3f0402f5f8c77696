// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/view/profiles.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "orchestrator/view/names.hpp"

namespace kernwise::view {
namespace {

using placement::PerResource;
using placement::PodProfile;

constexpr std::size_t kCpu = 0, kDisk = 1, kMemory = 2;
constexpr std::size_t kMostWorkloads = 20'000;
constexpr std::size_t kMostReplicas = 64;  ///< n/(n+5) is 0.93 there; more say nothing new
constexpr std::chrono::hours kForgetAfter{24};
constexpr double kSmoothing = 0.2;  ///< weight of the newest look
constexpr double kPastPart = 0.5;   ///< of what a pod counts when others tell of it
constexpr double kMostSensitive = 3;

double confidence_in(double replicas) {
  return replicas / (replicas + 5);
}

/// The 90th percentile of a stream without keeping it: up nine times as far as down.
double towards_p90(double estimate, double value) {
  const double step = std::max(0.02 * std::max(estimate, value), 1e-6);
  return value > estimate ? std::min(value, estimate + 9 * step) : std::max(value, estimate - step);
}

void add(NodePart& node, const Pod& pod) {
  const WaitShares& shares = pod.shares;
  const PerResource stalled{amount(shares[Share::runqueue]), amount(shares[Share::disk]),
                            amount(shares[Share::memory])};
  const PerResource time{amount(shares.demand()), stalled[kDisk], stalled[kMemory]};
  for (std::size_t r = 0; r < placement::kResources; ++r) {
    node.time[r] += time[r];
    node.stalled[r] += stalled[r];
  }
  node.active += amount(shares.active());
  node.demand[kMemory] += static_cast<double>(pod.memory_bytes);
  node.pods += 1;
}

/// Nothing where no node's data is fresh.
std::vector<NodePart> parts_of(const Workload& workload, MonoTime now) {
  std::map<const NodeState*, NodePart> nodes;
  for (const PodRef& ref : workload.pods) {
    if (ref.node->fresh(now)) add(nodes[ref.node], *ref.pod);
  }
  std::vector<NodePart> parts;
  parts.reserve(nodes.size());
  for (auto& [state, part] : nodes) {
    part.demand[kCpu] = part.time[kCpu] / part.pods;
    part.demand[kDisk] = std::min(1.0, part.time[kDisk] / part.pods);
    part.demand[kMemory] /= part.pods;
    parts.push_back(part);
  }
  return parts;
}

void absorb(Learned& learned, const Look& look) {
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

void absorb_requests(Learned& learned, const Believed& believed) {
  learned.most_cores = std::max(learned.most_cores, believed.most_cores);
  const double now = believed.cores_per_request;
  if (now <= 0) return;
  learned.cores_per_request =
      learned.cores_per_request <= 0
          ? now
          : learned.cores_per_request + kSmoothing * (now - learned.cores_per_request);
}

/// What is learned of a workload and what others tell of its past, put together.
struct Known {
  Look look = {};
  double confidence = 0;
  const char* source = "owner";
};

Known put_together(const Learned* learned, const PastProfile* past) {
  const double by_seeing =
      learned == nullptr ? 0 : confidence_in(static_cast<double>(learned->replicas.size()));
  const double by_telling =
      past == nullptr ? 0 : (1 - by_seeing) * kPastPart * confidence_in(past->replicas);
  Known known{.confidence = by_seeing + by_telling};
  if (known.confidence <= 0) return known;
  if (learned == nullptr) known.source = "prometheus";
  PerResource mix{};
  for (std::size_t r = 0; r < placement::kResources; ++r) {
    if (learned != nullptr) {
      known.look.demand[r] += by_seeing * learned->demand[r];
      known.look.stalled[r] += by_seeing * learned->stalled[r];
      mix[r] += by_seeing * learned->mix[r];
    }
    if (past != nullptr) {
      known.look.demand[r] += by_telling * past->demand[r];
      known.look.stalled[r] += by_telling * past->stalled[r];
      mix[r] += by_telling * past->mix[r];
    }
    known.look.demand[r] /= known.confidence;
    known.look.stalled[r] /= known.confidence;
  }
  known.look.mix = normalised(mix);
  return known;
}

using AllKnown = std::map<std::string_view, Known>;

AllKnown put_together(const ProfileLearner::All& learned, const PastProfiles& past) {
  AllKnown all;
  for (const auto& [name, of_one] : learned) {
    const auto told = past.find(name);
    all.emplace(name, put_together(&of_one, told == past.end() ? nullptr : &told->second));
  }
  for (const auto& [name, told] : past) {
    if (all.size() >= kMostWorkloads) break;
    if (!learned.contains(name)) all.emplace(name, put_together(nullptr, &told));
  }
  return all;
}

PerResource mean_stalled(const AllKnown& all) {
  PerResource mean{};
  for (const auto& [name, known] : all) {
    for (std::size_t r = 0; r < placement::kResources; ++r) mean[r] += known.look.stalled[r];
  }
  for (double& value : mean) value /= static_cast<double>(std::max<std::size_t>(all.size(), 1));
  return mean;
}

PodProfile profile_of(const Known& known, const PerResource& mean) {
  PodProfile profile{.demand = known.look.demand,
                     .mix = known.look.mix,
                     .confidence = known.confidence,
                     .source = known.source};
  for (std::size_t r = 0; r < placement::kResources; ++r) {
    if (mean[r] < 1e-3) continue;
    const double relative = std::min(known.look.stalled[r] / mean[r], kMostSensitive);
    profile.sensitivity[r] = 1 + profile.confidence * (relative - 1);
  }
  return profile;
}

}  // namespace

void ProfileLearner::observe(const Workloads& workloads, MonoTime now) {
  for (const auto& [name, workload] : workloads) {
    const bool known = workloads_.contains(name);
    if (!known && workloads_.size() >= kMostWorkloads) continue;
    const std::vector<NodePart> parts = parts_of(workload, now);
    if (parts.empty()) continue;
    Learned& learned = workloads_[name];
    absorb(learned, look_of(parts));
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
  if (now - suggested_ > kForgetAfter) past_.clear();
  std::erase_if(workloads_,
                [&](const auto& entry) { return now - entry.second.seen > kForgetAfter; });
}

bool ProfileLearner::restore(const std::string& workload, Learned kept, MonoTime now) {
  if (workloads_.size() >= kMostWorkloads || now - kept.seen > kForgetAfter) return false;
  if (kept.replicas.empty() || kept.replicas.size() > kMostReplicas) return false;
  return workloads_.emplace(workload, std::move(kept)).second;
}

void ProfileLearner::suggest(PastProfiles past, MonoTime now) {
  past_ = std::move(past);
  suggested_ = now;
}

std::shared_ptr<const LearnedBook> ProfileLearner::book() const {
  LearnedBook::Profiles by_workload, by_app, by_image;
  const AllKnown all = put_together(workloads_, past_);
  const PerResource mean = mean_stalled(all);
  for (const auto& [name, known] : all) {
    PodProfile profile = profile_of(known, mean);
    if (const auto found = workloads_.find(name); found != workloads_.end()) {
      const Learned& learned = found->second;
      if (!learned.app.empty()) by_app.insert_or_assign(learned.app, profile);
      if (!learned.image.empty()) by_image.insert_or_assign(learned.image, profile);
    }
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
