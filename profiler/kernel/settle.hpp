// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "ebpf/kernwise_abi.h"

namespace kernwise::kernel {

/// Takes back what threads count as running in a slot, and closes and opens the intervals that this
/// changes: switches were not followed for a while, so none of them is known to run now. Sockets go
/// on counting meanwhile.
void settle_activity(kw_slot& slot, std::uint64_t now_ns);

}  // namespace kernwise::kernel
