// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

namespace kernwise::bench {

/// A tool of others that watches context switches, run as its users run it.
struct Peer {
  std::string name;
  std::vector<std::string> command;
  double wanted;  ///< our cost of a switch may be this part of its cost
};

/// bpftrace's off-CPU one-liner, runqlat and offcputime of libbpf-tools.
[[nodiscard]] std::vector<Peer> peers();

/// A peer at work, in a mount namespace of its own in which tracefs is mounted; ended and reaped on
/// destruction.
class RunningPeer {
 public:
  /// Returns once a program of it has run; `failed()` says when none ever did.
  explicit RunningPeer(const Peer& peer);
  ~RunningPeer();
  RunningPeer(const RunningPeer&) = delete;
  RunningPeer& operator=(const RunningPeer&) = delete;
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  std::size_t before_ = 0;  ///< programs of others
  pid_t pid_ = -1;
  bool failed_ = false;
};

}  // namespace kernwise::bench
