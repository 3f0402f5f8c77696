// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "test/support/scenario.hpp"

namespace kernwise::test {

/// A language in which test/kernel/programs/ has a program that knows what it waits for.
struct Language {
  std::string name;
  std::vector<std::string> command;  ///< how to run it, without its own arguments
  std::string missing;               ///< why it cannot run here; empty when it can
};

/// C++ (epoll), Go, Node and Python; builds what has to be built, once per process.
[[nodiscard]] const std::vector<Language>& languages();

/// Such a program in a cgroup of its own; killed and reaped on destruction.
class TruthProgram {
 public:
  /// `mode` is ask, serve, quiet or spin; `service` the port of the service to ask.
  TruthProgram(const Language& language, const std::string& mode, int service);
  ~TruthProgram();
  TruthProgram(const TruthProgram&) = delete;
  TruthProgram& operator=(const TruthProgram&) = delete;

  [[nodiscard]] const Cgroup& cgroup() const { return cgroup_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Waits for the port it listens on; no value when it ends or is silent for 30 s.
  [[nodiscard]] std::optional<int> port();
  /// Waits until it has told its first truth.
  [[nodiscard]] bool has_begun();
  /// Takes in what it has told since and returns all it told so far.
  const Truth& truth();

 private:
  bool read_more(int timeout_ms);
  void take(const std::string& line);

  Cgroup cgroup_;
  Truth truth_;
  std::string unread_;
  std::optional<int> port_;
  pid_t pid_ = -1;
  Fd output_;
};

/// A service outside every watched cgroup that answers each byte after 40 ms. Returns its port; it
/// ends with this process.
[[nodiscard]] int start_delaying_service();
/// A client outside every watched cgroup: sends a byte, waits for the answer, pauses 40 ms.
void start_client(int port);

}  // namespace kernwise::test
