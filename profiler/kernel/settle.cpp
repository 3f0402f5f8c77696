// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/settle.hpp"

#include <atomic>

namespace kernwise::kernel {

void settle_activity(kw_slot& slot, std::uint64_t now_ns) {
  constexpr __u64 kActive = KW_STATE_ACTIVE(~0ULL);
  const auto now = static_cast<__s64>(now_ns);
  const auto before = std::atomic_ref(slot.state).fetch_and(~kActive);
  if (KW_STATE_ACTIVE(before) == 0) return;
  std::atomic_ref(slot.busy_sum).fetch_add(now);
  const bool serves = slot.has_inbound == 0 || KW_STATE_INBOUND(before) != 0;
  if (KW_STATE_OUTBOUND(before) != 0 && serves) std::atomic_ref(slot.blocked_sum).fetch_sub(now);
}

void forget_run(kw_cpu& cpu) {
  std::atomic_ref(cpu.run.task).store(0);
  std::atomic_ref(cpu.run.css_set).store(0);
  std::atomic_ref(cpu.run.slot).store(0);
}

void forget_times(kw_task& place) {
  std::atomic_ref(place.on_ns).store(0);
  std::atomic_ref(place.off_ns).store(0);
}

}  // namespace kernwise::kernel
