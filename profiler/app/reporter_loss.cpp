// SPDX-License-Identifier: Apache-2.0
// How much of a container the kernel side could not keep.
#include <algorithm>

#include "profiler/app/reporter_state.hpp"

namespace kernwise::profiler {

sense::Loss Reporter::loss(const report::Container& container, const sense::Reading& before,
                           const sense::Reading& now, std::uint32_t slot) const {
  const auto& tracked = table_.containers().at(slot);
  sense::Kept kept{.requests = container.inbound.requests, .refused = tracked.refused.size()};
  for (const auto& peer : container.peers) kept.requests += peer.requests;
  kept.cgroups = static_cast<std::uint64_t>(std::ranges::count_if(
      tracked.cgroups,
      [&tracked](std::uint64_t cgroup) { return !tracked.refused.contains(cgroup); }));
  return sense::loss_between(before, now, kept);
}

}  // namespace kernwise::profiler
