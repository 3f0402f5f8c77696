// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test/bench/prioritize/servers.hpp"

namespace kernwise::bench {

/// Our HTTP server without the extender: it reads a request as ours does and answers with bytes
/// that lie ready. What is left of the latency when nothing is worked out.
class Twin final : public Server {
 public:
  Twin() = default;
  ~Twin() override { end(); }
  Twin(const Twin&) = delete;
  Twin& operator=(const Twin&) = delete;
  /// From now on answers with so many bytes; on another port than before.
  void expect(std::size_t answer_bytes);
  [[nodiscard]] std::uint16_t port() const override { return port_; }
  [[nodiscard]] pid_t pid() const override { return child_; }

 private:
  void end();
  std::uint16_t port_ = 0;
  pid_t child_ = -1;
};

}  // namespace kernwise::bench
