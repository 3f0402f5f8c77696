// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/reporter_state.hpp"

namespace kernwise::profiler {

std::vector<report::Culprit> Reporter::culprits(std::span<const sense::CulpritReading> before,
                                                const Window& window,
                                                const sense::Span& span) const {
  constexpr std::uint64_t kKernel = 0, kRoot = 1;
  std::vector<report::Culprit> named;
  for (const auto& [slot, share] :
       sense::culprits_between(before, window.culprits, span, options_.culprits)) {
    const auto found = table_.containers().find(slot);
    if (slot == KW_KERNEL_SLOT) {
      named.push_back({kKernel, "kernel", share});
    } else if (found == table_.containers().end() || found->second.excluded) {
      named.push_back({kRoot, "system", share});
    } else {
      const auto name = sources_.name_of(found->second);
      named.push_back({found->second.cgroup_id, name.pod_namespace + "/" + name.pod, share});
    }
  }
  return named;
}

}  // namespace kernwise::profiler
