// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/base/clock.hpp"

namespace kernwise::kube {

/// MicroTime of the Kubernetes API: RFC 3339 in UTC with exactly six decimals, as in
/// `2026-01-01T00:00:00.000000Z`; anything else is refused there.
[[nodiscard]] std::string micro_time(WallTime time);

}  // namespace kernwise::kube
