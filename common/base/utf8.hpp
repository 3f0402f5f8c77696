// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kernwise {

/// The character at the front of a text. A broken sequence is one character U+FFFD that spans its
/// broken bytes (the maximal subpart, as browsers count them).
struct CodePoint {
  char32_t value = 0xFFFD;
  std::size_t bytes = 0;  ///< at least 1
  bool valid = false;
};

/// Decodes the first character of `text`, which must not be empty.
[[nodiscard]] CodePoint first_code_point(std::string_view text);

/// C0 and C1 controls, DEL and bidirectional overrides: what moves a terminal's cursor, breaks a
/// line in two or shows text in another order than it is stored.
[[nodiscard]] bool is_control(char32_t code_point);

inline constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  ///< U+FFFD in UTF-8

/// True when `text` is well-formed UTF-8 (no overlong forms, no surrogates, at most U+10FFFF).
[[nodiscard]] bool is_valid_utf8(std::string_view text);

/// `text` made safe to show: broken bytes become U+FFFD; C0 and C1 controls and bidirectional
/// overrides are removed; at most `max_bytes` bytes, cut between characters.
[[nodiscard]] std::string printable(std::string_view text, std::size_t max_bytes = 4096);

/// True when `printable` would change nothing but the length.
[[nodiscard]] bool is_printable(std::string_view text);

}  // namespace kernwise
