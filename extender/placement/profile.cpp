// SPDX-License-Identifier: Apache-2.0
#include "extender/placement/profile.hpp"

#include <algorithm>
#include <cmath>

namespace kernwise::placement {
namespace {

std::string_view find(const TextPairs& pairs, std::string_view key) {
  const auto found =
      std::find_if(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.first == key; });
  return found == pairs.end() ? std::string_view{} : std::string_view{found->second};
}

double prior(const std::optional<double>& request, const std::optional<double>& limit,
             double otherwise) {
  const auto usable = [](const std::optional<double>& amount) {
    return amount && std::isfinite(*amount) && *amount > 0;
  };
  if (usable(request)) return *request * kPriorPart;
  if (usable(limit)) return *limit * kPriorPart;
  return otherwise;
}

}  // namespace

const Owner* PodFacts::controller() const {
  const auto found = std::find_if(owners.begin(), owners.end(),
                                  [](const Owner& owner) { return owner.controller; });
  return found == owners.end() ? nullptr : &*found;
}

std::string_view PodFacts::label(std::string_view key) const {
  return find(labels, key);
}
std::string_view PodFacts::annotation(std::string_view key) const {
  return find(annotations, key);
}

PodProfile profile_prior(const Resources& requests, const Resources& limits) {
  PodProfile profile;
  profile.demand = {prior(requests.cores, limits.cores, kPriorCores), 0,
                    prior(requests.memory_bytes, limits.memory_bytes, kPriorBytes)};
  return profile;
}

PodProfile PriorBook::profile_of(const PodFacts& pod) const {
  return profile_prior(pod.requests, pod.limits);
}

}  // namespace kernwise::placement
