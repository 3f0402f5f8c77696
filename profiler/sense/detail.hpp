// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "ebpf/kernwise_counters.h"
#include "profiler/sense/counters.hpp"

namespace kernwise::sense {

/// What the collectors beyond the slot counted for one container, at one moment; zero where the
/// collector is off.
struct Detail {
  kw_net_counters net{};
  kw_memory_counters memory{};
  std::vector<kw_syscall_counters> syscalls;    ///< by index of the tracked call
  std::map<std::uint32_t, kw_slot_disk> disks;  ///< by device number
};

/// Adds what happened between two moments. Counters that went back (a reused slot) and disks that
/// are gone add nothing.
void add_detail(Totals& totals, const Detail& before, const Detail& now);

}  // namespace kernwise::sense
