// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/base/result.hpp"

/// What a process gives up before it reads a file that somebody hostile may have written.
namespace kernwise::symbols {

/// For the process that starts the readers: no capability, no way to get one, only the descriptors
/// up to `last_fd`, and the end with its parent. It stays the user it is, so that the profiler can
/// end it without CAP_KILL. Errors: the kernel refused to take something away.
[[nodiscard]] Result<void> give_up_privileges(int last_fd);

/// For a reader, on top of that: 256 MiB of address space, 2 s of CPU time, no file larger than
/// nothing, no core, and only the system calls that reading an open file and answering take; any
/// other one ends it (`security.md` 8). Errors: as above.
[[nodiscard]] Result<void> enter_sandbox();

}  // namespace kernwise::symbols
