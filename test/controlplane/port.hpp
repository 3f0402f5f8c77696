// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "common/base/fd.hpp"
#include "common/base/result.hpp"

namespace kernwise::test {

/// A TCP port of 127.0.0.1 that stays ours while this lives: the socket is bound with SO_REUSEPORT
/// and never listens, so that a program of ours that also sets SO_REUSEPORT can listen on it, stop
/// and listen again, and nobody else can get it in between.
class Port {
 public:
  /// Errors: errno of socket or bind.
  [[nodiscard]] static Result<Port> reserve();
  [[nodiscard]] std::uint16_t number() const { return number_; }
  /// `127.0.0.1:NUMBER`.
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(number_); }

 private:
  Port(Fd socket, std::uint16_t number) : socket_(std::move(socket)), number_(number) {}
  Fd socket_;
  std::uint16_t number_;
};

}  // namespace kernwise::test
