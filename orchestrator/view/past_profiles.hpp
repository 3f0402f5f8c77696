// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "extender/placement/score.hpp"

/// PURE. What workloads needed before this program looked, from what somebody else kept of it.
namespace kernwise::view {

/// What is asked of the past, of each workload on each node.
enum class Past : std::uint8_t {
  pods,         ///< how many there were
  cpu,          ///< thread-seconds on a CPU or waiting for one
  runqueue,     ///< of that, waiting
  disk,         ///< thread-seconds waiting for disks
  memory,       ///< thread-seconds waiting for memory
  active,       ///< thread-seconds that were not idle
  cores,        ///< that a pod wanted, near the 90th percentile over time
  disk_part,    ///< of a disk's time that a pod used, likewise
  memory_bytes  ///< of a pod, likewise
};
inline constexpr std::size_t kPasts = 9;

struct PastSample {
  std::string workload;  ///< `namespace/Kind/name`
  std::string node;
  double value = 0;
};

/// What is known of each question; samples beyond the first of a workload on a node do not count.
using PastSamples = std::array<std::vector<PastSample>, kPasts>;

struct PastProfile {
  placement::PerResource demand{}, mix{}, stalled{};  ///< as in Look
  double replicas = 0;                                ///< pods that there were
};
using PastProfiles = std::map<std::string, PastProfile, std::less<>>;

/// One profile per workload of which a node tells the pods and all that one needs: cores, disk and
/// memory. Nodes count as they do in `look_of`; what is not finite or below nothing is not told.
[[nodiscard]] PastProfiles past_profiles(const PastSamples& samples);

}  // namespace kernwise::view
