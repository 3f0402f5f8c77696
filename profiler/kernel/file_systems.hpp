// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "profiler/kernel/process_files.hpp"

namespace kernwise::kernel {

/// Measures file systems on a thread of its own, because asking one that hangs never returns. A
/// thread that is stuck is given up and its path is not asked again; after kMaxStuck of them
/// nothing is measured any more.
class FileSystemProbe {
 public:
  using Measure = std::function<std::optional<sense::FileSystemUse>(const std::string& path)>;
  static constexpr std::size_t kMaxStuck = 4;
  static constexpr std::size_t kMaxWaiting = 4096;  ///< questions; more are dropped

  explicit FileSystemProbe(std::chrono::milliseconds patience = std::chrono::seconds(5),
                           Measure measure = measure_file_system);
  ~FileSystemProbe();
  FileSystemProbe(const FileSystemProbe&) = delete;
  FileSystemProbe& operator=(const FileSystemProbe&) = delete;

  /// Asks for the file systems of a container as they are below `root` (/proc/PID/root).
  void ask(std::uint64_t container, const std::string& root, std::vector<Mount> mounts);
  /// The last complete answer; empty before the first.
  [[nodiscard]] std::vector<sense::FileSystemUse> latest(std::uint64_t container) const;
  /// Forgets the answers of containers that are not among these.
  void keep_only(const std::vector<std::uint64_t>& containers);
  /// Looks after the thread: call once a window.
  void watch(MonoTime now);
  /// Threads given up since start.
  [[nodiscard]] std::size_t stuck() const;
  /// Nothing is asked and nothing is being measured.
  [[nodiscard]] bool idle() const;

 private:
  struct State;
  void start();
  static void work(const std::shared_ptr<State>& state, std::uint64_t generation);

  std::chrono::milliseconds patience_;
  std::shared_ptr<State> state_;  ///< outlives this object while a thread is stuck
};

}  // namespace kernwise::kernel
