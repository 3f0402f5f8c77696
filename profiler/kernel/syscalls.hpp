// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "ebpf/kernwise_abi.h"

namespace kernwise::kernel {

/// Group (kw_syscall_group) of every system call number of this architecture; what is not listed
/// is KW_SYS_OTHER.
[[nodiscard]] std::array<std::uint8_t, KW_SYSCALLS> syscall_groups();

}  // namespace kernwise::kernel
