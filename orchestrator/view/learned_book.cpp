// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/view/learned_book.hpp"

#include <utility>

#include "orchestrator/view/workload_look.hpp"

namespace kernwise::view {
namespace {

using placement::PodFacts;
using placement::PodProfile;

PodProfile blend(const PodProfile& learned, const PodFacts& pod, const std::string& source) {
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
    if (const PodProfile* known = find(by_workload_, *owner)) {
      return blend(*known, pod, known->source);
    }
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

std::string app_key(std::string_view pod_namespace, std::string_view app) {
  return std::string(pod_namespace) + "/" + std::string(app);
}

}  // namespace kernwise::view
