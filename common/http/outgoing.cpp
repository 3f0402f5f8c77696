// SPDX-License-Identifier: Apache-2.0
#include "common/http/outgoing.hpp"

#include <algorithm>

namespace kernwise::http {

void Outgoing::add(const char* begin, std::size_t bytes) {
  if (bytes > 0) pieces_.emplace_back(begin, bytes);
}

void Outgoing::begin(const std::string& head, const std::string& body,
                     const std::vector<Quote>& quotes) {
  pieces_.clear();
  next_ = 0;
  add(head.data(), head.size());
  std::size_t from = 0;
  for (const Quote& quote : quotes) {
    add(body.data() + from, quote.at - from);
    add(quote.text.data(), quote.text.size());
    from = quote.at;
  }
  add(body.data() + from, body.size() - from);
}

void Outgoing::written(std::size_t bytes) {
  while (bytes > 0 && !done()) {
    Piece& piece = pieces_[next_];
    const std::size_t of_it = std::min(bytes, piece.size());
    piece += of_it;
    bytes -= of_it;
    if (piece.size() == 0) ++next_;
  }
}

std::size_t size_of(const Response& response) {
  std::size_t bytes = response.body.size();
  for (const Quote& quote : response.quotes) bytes += quote.text.size();
  return bytes;
}

}  // namespace kernwise::http
