// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "ebpf/kernwise_abi.h"

namespace kernwise::kernel {

/// Group (kw_syscall_group) of every system call number of this architecture; what is not listed
/// is KW_SYS_OTHER.
[[nodiscard]] std::array<std::uint8_t, KW_SYSCALLS> syscall_groups();

/// The number of a system call by its name (`openat`) on this architecture.
[[nodiscard]] std::optional<int> syscall_number(std::string_view name);

}  // namespace kernwise::kernel
