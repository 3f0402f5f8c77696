// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/base/result.hpp"
#include "profiler/symbols/byte_source.hpp"
#include "profiler/symbols/elf_file.hpp"

namespace kernwise::symbols {

/// Unpacks `.gnu_debugdata`, the small symbol table that distributions leave in stripped programs.
/// Errors: not xz, broken, more than 64 MiB or 30 times its packed size, or needs more than 64 MiB
/// to unpack (`security.md` 8).
[[nodiscard]] Result<std::string> unpack_debug_data(const ByteSource& file, const Section& section);

}  // namespace kernwise::symbols
