// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "profiler/sense/counters.hpp"

namespace kernwise::sense {

/// Adds what one container did to what another one of the same name did before it: the counters of
/// a pod go on when its container starts again.
void add(Totals& to, const Totals& more);

}  // namespace kernwise::sense
