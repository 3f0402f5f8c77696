// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "extender/placement/profile.hpp"

/// What each workload is known to need, for who wants to place a pod.
namespace kernwise::view {

/// Learned profiles, immutable. Looks a pod up by its controller, then by namespace and app label,
/// then by image; a pod nobody knows gets the prior from its requests.
class LearnedBook final : public placement::ProfileBook {
 public:
  using Profiles = std::map<std::string, placement::PodProfile, std::less<>>;
  LearnedBook(Profiles by_workload, Profiles by_app, Profiles by_image);

  [[nodiscard]] placement::PodProfile profile_of(const placement::PodFacts& pod) const override;
  [[nodiscard]] const Profiles& by_workload() const { return by_workload_; }
  /// What is known of `namespace/Kind/name`, or nullptr.
  [[nodiscard]] const placement::PodProfile* of_workload(std::string_view name) const;

 private:
  Profiles by_workload_, by_app_, by_image_;
};

/// `namespace/Kind/name` of the controller of a pod: a ReplicaSet made by a Deployment stands for
/// that. No value without a controller.
[[nodiscard]] std::optional<std::string> workload_of(const placement::PodFacts& pod);

/// `namespace/app`, the key of the profiles by app label.
[[nodiscard]] std::string app_key(std::string_view pod_namespace, std::string_view app);

}  // namespace kernwise::view
