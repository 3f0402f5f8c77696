// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "common/base/fd.hpp"

namespace workload {

/// One connection that carries short lines in both directions.
class LineStream {
 public:
  explicit LineStream(kernwise::Fd socket) : socket_(std::move(socket)) {}

  [[nodiscard]] int fd() const { return socket_.value(); }
  /// Reads what has arrived. False when the other side closed, or sent 4 KiB without a line end.
  [[nodiscard]] bool receive();
  /// Takes the oldest complete line, without its end. False when there is none.
  [[nodiscard]] bool take_line(std::string& line);
  /// Writes the line. False when the other side is gone or does not read what it is sent.
  [[nodiscard]] bool send_line(std::string_view line);

 private:
  kernwise::Fd socket_;
  std::string received_;
};

}  // namespace workload
