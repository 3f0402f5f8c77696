// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "profiler/symbols/byte_source.hpp"
#include "profiler/symbols/elf_file.hpp"
#include "profiler/symbols/function.hpp"

namespace kernwise::symbols {

/// The functions of a symbol section that hold `addresses` (virtual, ascending). Reads through the
/// section in pieces: memory does not depend on the number of symbols. A function without a size
/// reaches up to the next one; of nested ones the innermost counts; of aliases the global one with
/// the fewest underscores in front.
[[nodiscard]] Functions find_elf_functions(const ByteSource& file, bool is_64bit,
                                           const SymbolSection& section,
                                           std::span<const std::uint64_t> addresses);

}  // namespace kernwise::symbols
