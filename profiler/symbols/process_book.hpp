// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/base/clock.hpp"
#include "profiler/symbols/open_file.hpp"
#include "profiler/symbols/proc_maps.hpp"

namespace kernwise::symbols {

/// What is known of one running program.
struct Process {
  /// The file behind a mapping, once it has been opened (or not).
  struct Backing {
    std::optional<FileId> file;
    std::optional<MonoTime> failed;  // when opening it failed
  };
  std::uint32_t pid = 0;
  ProcessKey key;
  std::string folder;  // /proc/PID
  std::vector<Mapping> mappings;
  std::vector<Backing> backing;  // one for each mapping
  MonoTime maps_read;
  MonoTime key_read;
  std::optional<FileId> program;  // behind /proc/PID/exe, once it has been opened
  bool no_program = false;        // it could not be
  std::optional<FileId> perf_map;
  std::optional<MonoTime> perf_map_looked;
};

/// Processes by pid, least recently used out, bounded in bytes.
class ProcessBook {
 public:
  ProcessBook(std::string proc_root, std::size_t max_bytes)
      : proc_root_(std::move(proc_root)), max_bytes_(max_bytes) {}

  /// The process that has this pid now, read on first sight and after exec; nullptr when it cannot
  /// be read. One that has ended stays as it was last seen. Whether it is still the same program is
  /// looked up every 100 ms and for every address it does not know. Valid until the next call.
  [[nodiscard]] Process* find(std::uint32_t pid, MonoTime now);

  struct Place {
    Process* process = nullptr;
    std::size_t mapping = 0;  // index
  };
  /// The process and its mapping at `address`; an unknown address reads the maps again, at most
  /// once a second.
  [[nodiscard]] std::optional<Place> find(std::uint32_t pid, std::uint64_t address, MonoTime now);
  void forget(std::uint32_t pid);
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  using Order = std::list<Process>;  // most recently used first
  Process* check(std::uint32_t pid, MonoTime now);
  void read_mappings(Process& process, MonoTime now);
  void trim();

  std::string proc_root_;
  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  Order order_;
  std::unordered_map<std::uint32_t, Order::iterator> by_pid_;
};

}  // namespace kernwise::symbols
