// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/fd.hpp"

namespace kernwise::test {

/// An answer as it came over the wire.
struct RawAnswer {
  int status = 0;
  std::string head = {};  ///< status line and headers, with the empty line
  std::string body = {};

  /// Value of the header of that name (in any case), or nothing.
  [[nodiscard]] std::optional<std::string> header(std::string_view name) const;
};

/// A TCP connection to 127.0.0.1 that says exactly what it is told: for hostile HTTP. Every wait
/// ends after 20 s at the latest, as if the other side had closed.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port);

  /// False when the other side no longer listens.
  bool send(std::string_view bytes);
  /// No more bytes from here; the other direction stays open.
  void finish_sending();
  /// One answer with Content-Length; nothing when the connection closed before its end.
  [[nodiscard]] std::optional<RawAnswer> read_answer();
  /// Everything until the other side closes or resets.
  [[nodiscard]] std::string read_to_end();
  /// True once the other side has closed (waits for it); bytes before that are an error.
  [[nodiscard]] bool is_closed();
  /// The same, but a reset does not count: that one can destroy an answer on its way.
  [[nodiscard]] bool is_closed_gently();
  /// Segments with data that the kernel received so far: one per write of a small answer.
  [[nodiscard]] std::uint32_t data_segments() const;

 private:
  /// Appends what comes; false at the end.
  bool receive();
  /// What `recv` says next: 0 = closed, negative = reset; 1 = neither, or not in time.
  [[nodiscard]] std::ptrdiff_t next_byte();

  Fd fd_;
  std::string input_;
};

}  // namespace kernwise::test
