// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

/// Uses the calling thread's CPU for `amount` of thread CPU time, not of wall time: waiting for a
/// CPU does not count. Never inlined, so that profiles show it under this name.
extern "C" void burn_cycles(std::chrono::nanoseconds amount);
