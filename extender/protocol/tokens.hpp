// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "common/base/result.hpp"

namespace simdjson::internal {
class dom_parser_implementation;  // NOLINT(readability-identifier-naming): simdjson's name
}

namespace kernwise::protocol::reader {

/// Where the tokens of a JSON text begin: brackets, colons, commas, strings, numbers, words.
///
/// simdjson's first stage finds them. It checks UTF-8, control characters within strings and that
/// each string ends; escapes are checked beside it. What the tokens mean together is for Cursor.
///
/// The text is looked at in windows that end behind a comma outside strings: an index of the whole
/// would take as much memory again as a text of nodes, and would not stay in the cache. The first
/// ones are small, since a long list of names is mostly read without any.
class Tokens {
 public:
  Tokens();
  ~Tokens();
  Tokens(Tokens&&) noexcept;
  Tokens& operator=(Tokens&&) noexcept;

  /// Starts with another text, which must outlive its reading.
  void begin(std::string_view text);

  [[nodiscard]] std::string_view text() const { return text_; }
  /// The next token's first byte, in the text; a NUL outside it when there is none, also behind an
  /// error.
  [[nodiscard]] const char* peek() {
    if (at_ == end_) [[unlikely]] {
      refill();
    }
    return base_ + *at_;
  }
  const char* next() {
    const char* const token = peek();
    ++at_;
    return token;
  }
  /// What is before `place` was read without us: the next token is the first from there on. It is
  /// not before the next token, nor within one, and between them were only strings of ASCII without
  /// escapes and what may stand around these.
  void go_to(const char* place);
  /// What is wrong with the text's bytes, as far as they have been looked at.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

  /// `raw`, the inside of a string, without its escapes, in `memory`.
  [[nodiscard]] std::string_view unescape(std::string_view raw, std::string& memory) const;

 private:
  void refill();
  void look_at(std::size_t begin, std::size_t end);
  [[nodiscard]] std::size_t window_end(std::size_t begin, std::size_t bytes) const;
  [[nodiscard]] int index(std::size_t begin, std::size_t end);

  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage_;
  std::string_view text_;
  const std::uint32_t* at_ = nullptr;
  const std::uint32_t* end_ = nullptr;
  const char* base_ = nullptr;  // what at_ counts from
  std::size_t looked_ = 0;      // end of the last window
  std::size_t window_ = 0;      // bytes of the next one, at most
  std::optional<Error> error_;
};

}  // namespace kernwise::protocol::reader
