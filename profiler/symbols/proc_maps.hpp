// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace kernwise::symbols {

/// One executable mapping of a process.
struct Mapping {
  std::uint64_t start = 0, end = 0;  ///< addresses, [start, end)
  std::uint64_t offset = 0;          ///< in the file
  std::uint64_t inode = 0;           ///< 0: no file
  std::string path;                  ///< as the process sees it, `[vdso]`, or empty
  bool operator==(const Mapping&) const = default;
};

/// One line of /proc/PID/maps (without its newline), when it is a well-formed executable mapping.
/// The path is the rest of the line: a process chooses it, and it may hold anything but a newline.
[[nodiscard]] std::optional<Mapping> parse_map_line(std::string_view line);

inline constexpr std::size_t kMaxMappings = 2048;  ///< per process; what is over it is left out
inline constexpr std::size_t kMaxPathBytes =
    64UL * 1024;  ///< of all mappings of a process together

/// The executable mappings of a maps file, ordered by address. Reads at most 16 MiB of it. Errors:
/// errno of open or read.
[[nodiscard]] Result<std::vector<Mapping>> read_maps(const std::string& path);

/// The mapping that holds `address` among ordered ones, or nullptr.
[[nodiscard]] const Mapping* mapping_at(const std::vector<Mapping>& mappings,
                                        std::uint64_t address);

/// What tells one program image from another under the same pid: fields 22 (start time), 26 and 28
/// (start of code and stack, which exec draws anew) of /proc/PID/stat.
struct ProcessKey {
  std::uint64_t start_time = 0, start_code = 0, start_stack = 0;
  bool operator==(const ProcessKey&) const = default;
};

/// From the text of /proc/PID/stat; the name in it may hold spaces and parentheses.
[[nodiscard]] std::optional<ProcessKey> parse_process_key(std::string_view stat);

}  // namespace kernwise::symbols
