// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/kube/follower.hpp"
#include "common/metrics/registry.hpp"

namespace kernwise::cluster {

/// How one watch is doing.
struct WatchState {
  std::string resource;
  std::size_t objects = 0;
  std::optional<double> age_seconds;  ///< nothing before the first list
  kube::WatchCounts counts;
};

/// `kernwise_kube_*`, one sample for each watched resource.
class WatchFamilies {
 public:
  WatchFamilies();
  void add(const WatchState& watch);
  void move_to(std::vector<metrics::Family>& families);

 private:
  std::vector<metrics::Family> families_;
};

}  // namespace kernwise::cluster
