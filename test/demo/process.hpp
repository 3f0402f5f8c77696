// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/fd.hpp"
#include "common/base/result.hpp"

namespace kernwise::demo {

struct Command {
  std::string program;  ///< a path
  std::vector<std::string> arguments = {};
  std::string cgroup = {};  ///< folder of the cgroup to start in; empty = ours
  std::string log = {};     ///< file for its stderr; empty = ours
  /// What the kernel sends it when we die. SIGKILL also ends a process that is stopped.
  int death_signal = SIGTERM;
};

/// A child process that never outlives us: it is stopped by the destructor and, should we be
/// killed, by the kernel. Signals of the terminal do not reach it, so that it ends in our order.
/// Start it from the main thread: the kernel ends it with the thread that made it.
class Process {
 public:
  /// Errors: the program is missing or cannot be executed, or the cgroup refuses the process.
  [[nodiscard]] static Result<Process> start(const Command& command);
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process() { stop(); }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// The next line of its stdout that begins with `prefix`, without it. Errors: it ended or said
  /// nothing of that kind in time.
  [[nodiscard]] Result<std::string> await_line(std::string_view prefix,
                                               std::chrono::milliseconds timeout);
  /// False once it has ended by itself.
  [[nodiscard]] bool running();
  void signal(int number) const;
  /// Its exit code, or 128 + the signal that ended it. Errors: it still runs after `timeout`.
  [[nodiscard]] Result<int> await_end(std::chrono::milliseconds timeout);
  /// SIGTERM, then SIGKILL after five seconds; returns when it is gone.
  void stop();
  /// What its log says at the end, for messages.
  [[nodiscard]] std::string last_words() const;

 private:
  Process(std::string name, std::string log, pid_t pid, Fd output)
      : name_(std::move(name)), log_(std::move(log)), pid_(pid), output_(std::move(output)) {}
  [[nodiscard]] bool ended(std::chrono::milliseconds patience);
  [[nodiscard]] Error silent(std::string_view prefix, std::string_view how) const;

  std::string name_, log_;
  pid_t pid_;       ///< -1 once it is gone
  int status_ = 0;  ///< from waitpid
  Fd output_;
  std::string received_;
};

}  // namespace kernwise::demo
