// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "ebpf/kernwise_abi.h"
#include "ebpf/kw_task.h"

namespace kernwise::kernel {

/// Takes back what threads count as running in a slot, and closes and opens the intervals that this
/// changes: switches were not followed for a while, so none of them is known to run now. Sockets go
/// on counting meanwhile.
void settle_activity(kw_slot& slot, std::uint64_t now_ns);

/// The same of a CPU: who ran there before is not who runs there now. Only while switches are not
/// followed; else the programs write it.
void forget_run(kw_cpu& cpu);

/// The same of a thread: since when it ran or waited. What it waits for is found again when it
/// goes.
void forget_times(kw_task& place);

}  // namespace kernwise::kernel
