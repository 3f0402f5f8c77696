// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/fd.hpp"

namespace kernwise::bench {

/// What a load came to.
struct Throughput {
  double per_second = 0;   ///< whole answers
  double server_busy = 0;  ///< CPU time of the server's process per second of wall time
};

/// Keeps several connections of one thread asking. It touches the bytes as little as it can, so
/// that the server is what is measured: requests go from a file in memory to the socket without a
/// copy, and answers of known length are discarded unread behind their heads.
class Load {
 public:
  /// `request` as it goes over the wire. Answers of known length that have fewer than `least` bytes
  /// are none: the server had no opinion, and the figures would be of something else.
  Load(std::uint16_t port, const std::string& request, int connections, std::size_t least);

  /// Gives up when a connection is lost or an answer is not what it should be.
  [[nodiscard]] Throughput run(pid_t server, std::chrono::milliseconds time);

 private:
  struct Asking {
    Fd socket;
    std::size_t sent = 0;        ///< bytes of the request
    std::string start = {};      ///< of the answer, until its head is complete; then its end
    long long left = kNotKnown;  ///< bytes of the answer to come
    bool in_chunks = false;
  };
  static constexpr long long kNotKnown = -1;

  void ask(Asking& one) const;
  /// True when an answer is complete.
  bool read(Asking& one);
  void read_start(Asking& one) const;
  void read_chunks(Asking& one);
  void wait_for_room(Asking& one, bool wanted) const;

  Fd request_, epoll_;
  std::size_t request_bytes_, least_;
  std::vector<Asking> asking_;
  std::string buffer_;
};

}  // namespace kernwise::bench
