// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "profiler/symbols/byte_source.hpp"
#include "profiler/symbols/function.hpp"

namespace kernwise::symbols {

inline constexpr std::uint64_t kMaxPerfMapBytes = 8UL * 1024 * 1024;  ///< `security.md` 8
inline constexpr std::size_t kMaxLine = 1024;

/// The functions that a perf map (`/tmp/perf-PID.map`, lines of `START SIZE NAME`, both numbers
/// hexadecimal) names at `addresses` (ascending). The last line that holds an address counts: code
/// made at run time replaces older code in place. Of a longer file the last 8 MiB are read; longer
/// lines and broken ones are left out.
[[nodiscard]] Functions find_perf_map_functions(const ByteSource& file,
                                                std::span<const std::uint64_t> addresses);

/// The functions that `/proc/kallsyms` (open as `fd`) names at kernel addresses (ascending). Where
/// the reader may not know addresses all are zero, and nothing is found. Programs loaded into the
/// kernel show as `bpf_prog_...`.
[[nodiscard]] Functions find_kernel_functions(int fd, std::span<const std::uint64_t> addresses);

}  // namespace kernwise::symbols
