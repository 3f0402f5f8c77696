// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "ebpf/kernwise_abi.h"
#include "profiler/kernel/btf.hpp"
#include "profiler/kernel/programs.hpp"

/// What programs are told before they are loaded; private to programs*.cpp.
namespace kernwise::kernel {

/// Entries of kw_cpus: all possible CPUs, rounded up to a power of two so that a mask bounds their
/// numbers.
[[nodiscard]] std::uint32_t cpu_room();

/// `casts` and `reasons` as the options say, all else from the types of the kernel.
[[nodiscard]] kw_setup setup_of(const KernelTypes& types, const ProgramOptions& options);

/// Whether all is there that KW_RECENT takes for granted.
[[nodiscard]] bool is_recent(const kw_setup& setup);

}  // namespace kernwise::kernel
