// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "common/base/result.hpp"
#include "profiler/symbols/byte_source.hpp"
#include "profiler/symbols/elf_file.hpp"
#include "profiler/symbols/function.hpp"

namespace kernwise::symbols {

/// The functions that Go's own table (pclntab) names at `addresses` (virtual, ascending). The table
/// is part of every Go program, stripped or not; its form is told by its magic number: Go 1.2,
/// 1.16, 1.18 and 1.20. Where the header has no start of text (position-independent programs, and
/// all since Go 1.26) it comes from the module data or from the relocation of that word.
/// Errors: no table, or one that contradicts itself.
[[nodiscard]] Result<Functions> find_go_functions(const ByteSource& file, const ElfLayout& layout,
                                                  std::span<const std::uint64_t> addresses);

}  // namespace kernwise::symbols
