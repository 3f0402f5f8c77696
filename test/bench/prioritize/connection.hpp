// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/fd.hpp"

namespace kernwise::bench {

/// Says why and ends the benchmark.
[[noreturn]] void give_up(const std::string& why);

/// A request whose head and body go out in one write.
[[nodiscard]] std::string request_text(std::string_view path, std::string_view body);

/// Value of Content-Length in the lines of a head; -1 without one, as in an answer in chunks.
[[nodiscard]] long long content_length(std::string_view head);

/// One kept HTTP/1.1 connection on loopback, blocking.
class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(open(port)) {}
  /// Connected and without delays.
  [[nodiscard]] static Fd open(std::uint16_t port);

  /// Sends a whole request and gives the body of the answer, which lives until the next call; only
  /// 200 counts.
  std::string_view exchange(const std::string& request);

 private:
  std::string_view receive();
  void read_more();

  Fd socket_;
  std::string received_;
  std::size_t filled_ = 0;
};

}  // namespace kernwise::bench
