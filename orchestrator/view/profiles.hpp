// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "orchestrator/view/influence.hpp"
#include "orchestrator/view/learned_book.hpp"
#include "orchestrator/view/past_profiles.hpp"
#include "orchestrator/view/workload_look.hpp"
#include "orchestrator/view/workloads.hpp"

/// What each workload usually needs, learned from what its pods did.
namespace kernwise::view {

/// What was learned of one workload. This is also what is kept over a restart.
struct Learned {
  placement::PerResource demand{};   ///< near the 90th percentile over time
  placement::PerResource mix{};      ///< smoothed; all 0 while it was only idle
  placement::PerResource stalled{};  ///< part of its active time spent waiting for each resource
  std::set<std::uint64_t> replicas;  ///< hashes of the pods seen
  std::string app;                   ///< `namespace/app`; empty when not known
  std::string image;
  double most_cores = 0;
  double cores_per_request = 0;
  MonoTime seen;
};

/// Follows workloads over time. Bounded: workloads not seen for a day are forgotten.
class ProfileLearner {
 public:
  using All = std::map<std::string, Learned, std::less<>>;  ///< by `namespace/Kind/name`

  /// Takes one look at all workloads.
  void observe(const Workloads& workloads, MonoTime now);
  [[nodiscard]] std::shared_ptr<const LearnedBook> book() const;
  [[nodiscard]] const All& all() const { return workloads_; }
  /// Takes up what was kept, except where more is known already. False beyond the bounds, or when
  /// it was last seen too long before `now`.
  bool restore(const std::string& workload, Learned kept, MonoTime now);

  /// What others have kept of the past takes the place of what was suggested before. It counts
  /// half as much as the same pods seen by this program, and only for what is not learned: with
  /// the confidence k of what was learned, it has the weight (1 - k) * n / (n + 5) / 2. Workloads
  /// beyond the bound are left out; a day later nothing of it is left.
  void suggest(PastProfiles past, MonoTime now);

  /// The most a replica was seen to use, cores; 0 = never seen. One node's word alone is not enough
  /// where three or more know it.
  [[nodiscard]] double most_cores(std::string_view workload) const;
  /// CPU seconds per completed request, smoothed; 0 = no request seen.
  [[nodiscard]] double cores_per_request(std::string_view workload) const;

 private:
  All workloads_;
  PastProfiles past_;
  MonoTime suggested_;
};

}  // namespace kernwise::view
