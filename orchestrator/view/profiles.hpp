// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "extender/placement/profile.hpp"
#include "orchestrator/view/influence.hpp"
#include "orchestrator/view/workloads.hpp"

/// What each workload usually needs, learned from what its pods did.
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

/// What was learned of a workload, to be kept over a restart.
struct KeptProfile {
  std::string workload;  ///< `namespace/Kind/name`
  placement::PerResource demand{}, mix{}, stalled{};
  std::vector<std::uint64_t> replicas;  ///< hashes of the pods seen
  std::string app, image;
  double most_cores = 0, cores_per_request = 0;
  MonoTime seen;
};

/// Follows workloads over time. Bounded: workloads not seen for a day are forgotten.
class ProfileLearner {
 public:
  /// Takes one look at all workloads.
  void observe(const Workloads& workloads, MonoTime now);
  [[nodiscard]] std::shared_ptr<const LearnedBook> book() const;
  [[nodiscard]] std::vector<KeptProfile> kept() const;
  /// Takes up what was kept, except where more is known already. False beyond the bounds, or when
  /// it was last seen too long before `now`.
  bool restore(const KeptProfile& kept, MonoTime now);

  /// The most a replica was seen to use, cores; 0 = never seen. One node's word alone is not enough
  /// where three or more know it.
  [[nodiscard]] double most_cores(std::string_view workload) const;
  /// CPU seconds per completed request, smoothed; 0 = no request seen.
  [[nodiscard]] double cores_per_request(std::string_view workload) const;

 private:
  struct Learned {
    placement::PerResource demand{};   ///< near the 90th percentile over time
    placement::PerResource mix{};      ///< smoothed; all 0 while it was only idle
    placement::PerResource stalled{};  ///< part of its active time spent waiting for each resource
    std::set<std::size_t> replicas;    ///< hashes of the pods seen
    std::string app;                   ///< `namespace/app`; empty when not known
    std::string image;
    double most_cores = 0;
    double cores_per_request = 0;
    MonoTime seen;
  };
  struct Look;

  static Look look_at(const Workload& workload, MonoTime now);
  static void absorb(Learned& learned, const Look& look);
  static void absorb_requests(Learned& learned, const Believed& believed);
  [[nodiscard]] placement::PerResource mean_stalled() const;

  std::map<std::string, Learned, std::less<>> workloads_;
};

}  // namespace kernwise::view
