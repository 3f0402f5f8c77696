// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "common/base/options.hpp"
#include "common/base/result.hpp"

namespace kernwise::profiler {

/// The running profiler: programs, windows, listener, reports. One thread.
class Daemon {
 public:
  /// Loads and attaches what this kernel can do and starts listening. Errors: an option that cannot
  /// be met (address in use, no cgroup2, unreadable pods file).
  [[nodiscard]] static Result<std::unique_ptr<Daemon>> start(const options::Settings& settings);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Until SIGINT or SIGTERM.
  void run();

 private:
  class Impl;
  explicit Daemon(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kernwise::profiler
