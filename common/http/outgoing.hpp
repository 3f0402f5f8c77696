// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "common/http/message.hpp"

namespace kernwise::http {

/// What is still to be written of an answer, in as few pieces as there are. Keeps its memory from
/// one answer to the next.
class Outgoing {
 public:
  using Piece = boost::asio::const_buffer;
  /// At once to the kernel, of the 1,024 that it takes.
  static constexpr std::size_t kMost = 64;

  /// `head` and the body with its quotes, all of which must stay where they are.
  void begin(const std::string& head, const std::string& body, const std::vector<Quote>& quotes);
  [[nodiscard]] bool done() const { return next_ == pieces_.size(); }
  [[nodiscard]] std::span<const Piece> rest() const {
    return std::span(pieces_).subspan(next_).first(std::min(kMost, pieces_.size() - next_));
  }
  void written(std::size_t bytes);

 private:
  void add(const char* begin, std::size_t bytes);

  std::vector<Piece> pieces_;
  std::size_t next_ = 0;  // the first that is not wholly written
};

/// Bytes of a body with its quotes.
[[nodiscard]] std::size_t size_of(const Response& response);

}  // namespace kernwise::http
