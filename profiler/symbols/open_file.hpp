// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/fd.hpp"
#include "common/base/result.hpp"
#include "profiler/symbols/proc_maps.hpp"

namespace kernwise::symbols {

/// What a file is, as long as nobody writes it.
struct FileId {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t modified_ns = 0;
  bool operator==(const FileId&) const = default;
};

struct FileIdHash {
  [[nodiscard]] std::size_t operator()(const FileId& id) const;
};

struct OpenFile {
  Fd fd;
  FileId id;
};

/// Opens the file behind a mapping of `pid`: /proc/PID/map_files/START-END (needs
/// CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN), else the mapping's path below /proc/PID/root. Every
/// part of that path belongs to the container: it cannot lead out of the root, through magic links,
/// or to anything but a regular file. Errors: errno, or `invalid` for other kinds of file and for
/// more than `max_bytes`.
[[nodiscard]] Result<OpenFile> open_mapping(const std::string& process_folder,
                                            const Mapping& mapping, std::size_t max_bytes);

/// The same for /proc/PID/exe.
[[nodiscard]] Result<OpenFile> open_program(const std::string& process_folder,
                                            std::size_t max_bytes);

/// The perf map of a process (`/tmp/perf-PID.map` in its own root, with the pid it has in its own
/// namespace). Whoever made it must be the user that the process runs as, and it must be a regular
/// file reached through no link; its size does not matter. Needs CAP_SYS_PTRACE (/proc/PID/root)
/// and CAP_DAC_READ_SEARCH (files of other users).
[[nodiscard]] Result<OpenFile> open_perf_map(const std::string& process_folder);

/// The pid of a process in its own namespace and its effective user, from the text of
/// /proc/PID/status.
struct ProcessOwner {
  std::uint32_t inner_pid = 0, user = 0;
};
[[nodiscard]] std::optional<ProcessOwner> parse_process_owner(std::string_view status);

/// `path` below `root`, as open_mapping does it.
[[nodiscard]] Result<OpenFile> open_below(const std::string& root, const std::string& path,
                                          std::size_t max_bytes);

}  // namespace kernwise::symbols
