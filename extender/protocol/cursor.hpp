// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "extender/placement/bytes.hpp"
#include "extender/protocol/tokens.hpp"

namespace kernwise::protocol::reader {

/// Reads a JSON text from its beginning to its end, once, and keeps nothing of what is skipped: a
/// tree of 500 whole nodes would be larger than they are. As strict where nobody looks as
/// elsewhere: grammar, nesting of at most `max_depth` (64 and less), numbers that a double can
/// hold.
///
/// Errors are `body: ...` with the byte where the text stops being JSON.
class Cursor {
 public:
  explicit Cursor(std::size_t max_depth) : max_depth_(max_depth) {}

  /// Starts with another text. Views that were handed out end here.
  void begin(std::string_view text);

  /// First byte of the next token: `{`, `[`, `"`, `n`...; NUL at the end of the text.
  [[nodiscard]] char kind() { return *tokens_.peek(); }
  /// Where the next token begins.
  [[nodiscard]] const char* place() { return tokens_.peek(); }
  /// The text from `begin` to the last token that was read, which was a bracket.
  [[nodiscard]] std::string_view since(const char* begin) const {
    return {begin, static_cast<std::size_t>(last_ + 1 - begin)};
  }

  /// At a `{`: calls `read(key)` for each member, with the cursor at its value, which it has to
  /// read.
  template <class Read>
  [[nodiscard]] Result<> members(Read read) {
    return all_of('}', [&]() -> Result<> {
      if (kind() != '"') return broken("expected the name of a member");
      const std::string_view key = without_escapes(raw_string());
      if (!take(':')) return broken("expected a colon");
      return read(key);
    });
  }
  /// At a `[`: calls `read()` for each item, with the cursor at it.
  template <class Read>
  [[nodiscard]] Result<> items(Read read) {
    return all_of(']', read);
  }
  /// At a `"`: what stands between the quotes.
  [[nodiscard]] std::string_view raw_string() {
    const char* const begin = tokens_.next() + 1;
    // Between its last quote and the next token are blanks only.
    const char* end = tokens_.peek();
    if (*end == '\0') end = tokens_.text().data() + tokens_.text().size();
    while (end > begin && end[-1] != '"') --end;
    return {begin, static_cast<std::size_t>(end > begin ? end - 1 - begin : 0)};
  }
  /// Reads a string of exactly these bytes, which need no escapes; false: the cursor is where it
  /// was.
  [[nodiscard]] bool take_string(std::string_view bytes) {
    if (!is_string(tokens_.peek(), bytes)) return false;
    tokens_.next();
    return true;
  }
  /// Behind an item of a list: reads strings that are as expected, without blanks between, as they
  /// are written by programs. `likely_item()` is what the next one should be with its quotes and
  /// what another one begins with, `"text","`, needing no escapes; or empty. `take()` is called
  /// when it was that.
  template <class Likely, class Take>
  void take_likely_items(Likely likely_item, Take take) {
    const char* const begin = tokens_.peek();
    const char* const end = tokens_.text().data() + tokens_.text().size();
    if (*begin != ',') return;
    const char* at = begin + 1;
    for (std::string_view next = likely_item(); !next.empty(); next = likely_item()) {
      const bool comes = static_cast<std::size_t>(end - at) >= next.size() &&
                         placement::equal({at, next.size()}, next);
      if (!comes) break;
      at += next.size() - 1;  // the next one's quote
      take();
    }
    if (at != begin + 1) tokens_.go_to(at - 1);
  }
  /// What the string means.
  [[nodiscard]] std::string_view without_escapes(std::string_view raw);
  /// Reads a value of any kind and forgets it.
  [[nodiscard]] Result<> skip();
  /// Nothing but blanks may be left.
  [[nodiscard]] Result<> end();
  /// Why the text is no JSON: what its bytes are refused for, else `complaint` and where.
  [[nodiscard]] Error broken(std::string_view complaint);

 private:
  /// What is inside a pair of brackets, of which the cursor is at the first.
  template <class Read>
  Result<> all_of(char closing, Read read) {
    last_ = tokens_.next();
    if (++depth_ > max_depth_) return broken("too deep");
    if (!take(closing)) {
      do {
        if (const Result<> done = read(); !done) return done;
      } while (take(','));
      if (!take(closing)) return broken("expected a comma or the end of a list");
    }
    --depth_;
    return {};
  }

  [[nodiscard]] bool is_string(const char* token, std::string_view bytes) const {
    const char* const end = tokens_.text().data() + tokens_.text().size();
    return *token == '"' && static_cast<std::size_t>(end - token) >= bytes.size() + 2 &&
           token[bytes.size() + 1] == '"' && placement::equal({token + 1, bytes.size()}, bytes);
  }
  [[nodiscard]] bool take(char token) {
    if (*tokens_.peek() != token) return false;
    last_ = tokens_.next();
    return true;
  }
  // Of skip(): what they return is why the text is no JSON.
  /// A scalar or an empty list, which is `whole`, or the beginning of a list up to its first value.
  [[nodiscard]] const char* begin_value(bool& whole);
  /// What follows a value: the ends of lists down to `outside`, or up to one `more` value.
  [[nodiscard]] const char* end_value(std::size_t outside, bool& more);
  [[nodiscard]] bool skip_key();
  void close_list() {
    --depth_;
    objects_ >>= 1U;
  }
  [[nodiscard]] bool is_scalar(const char* token) const;
  [[nodiscard]] bool is_in_text(const char* token) const;

  Tokens tokens_;
  std::size_t max_depth_;
  std::size_t depth_ = 0;
  std::uint64_t objects_ = 0;   // of skip(): a bit for each open list, the innermost lowest
  const char* last_ = nullptr;  // the last token that was read
  std::deque<std::string> unescaped_;
};

}  // namespace kernwise::protocol::reader
