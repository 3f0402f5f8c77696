// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <csignal>
#include <optional>
#include <string>

#include "common/base/result.hpp"

namespace kernwise::demo {

/// A new folder on a disk, removed with all that is in it by the destructor.
class Scratch {
 public:
  /// Below /var/tmp, which is on a disk where /tmp may be in memory.
  [[nodiscard]] static Result<Scratch> make();
  Scratch(Scratch&& other) noexcept;
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch();

  [[nodiscard]] const std::string& path() const { return path_; }
  /// Writes a file into it and gives its path.
  [[nodiscard]] Result<std::string> write(const std::string& name, const std::string& text) const;

 private:
  explicit Scratch(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// Takes SIGINT, SIGTERM and SIGHUP out of their usual way: nothing is interrupted, and whoever
/// waits learns that it is time to stop. Make one, first in main().
class StopSignals {
 public:
  StopSignals();
  /// Waits; true when a signal has come (also an earlier one).
  [[nodiscard]] bool wait(std::chrono::nanoseconds longest);
  /// The signal that has come.
  [[nodiscard]] std::optional<int> caught() const { return caught_; }

 private:
  sigset_t signals_{};
  std::optional<int> caught_;
};

}  // namespace kernwise::demo
