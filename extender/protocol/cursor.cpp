// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/cursor.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <functional>

namespace kernwise::protocol::reader {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// What may stand behind a number or a word; the end of the text may, too.
constexpr auto kSeparates = [] {
  std::array<bool, 256> separates{};
  for (const char c : {' ', '\t', '\r', '\n', ',', ':', ']', '}', '[', '{'}) {
    separates[static_cast<unsigned char>(c)] = true;
  }
  return separates;
}();

bool is_separated(std::string_view rest) {
  return rest.empty() || kSeparates[static_cast<unsigned char>(rest.front())];
}

std::size_t digits_of(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  return count;
}

/// What a text begins with.
struct Number {
  std::size_t length = 0;  ///< 0: no number
  bool exponent = false;
};

Number number_of(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = digits_of(text.substr(at));
  if (whole == 0 || (whole > 1 && text[at] == '0')) return {};
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = digits_of(text.substr(at + 1));
    if (fraction == 0) return {};
    at += 1 + fraction;
  }
  if (at == text.size() || (text[at] != 'e' && text[at] != 'E')) return {.length = at};
  ++at;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
  const std::size_t exponent = digits_of(text.substr(at));
  if (exponent == 0) return {};
  return {.length = at + exponent, .exponent = true};
}

/// Not beyond 1e308; what is too small for a double is a zero.
bool fits_a_double(std::string_view text, const Number& number) {
  constexpr std::size_t kAlways = 300;  // digits
  if (number.length < kAlways && !number.exponent) return true;
  // Not from_chars: it does not tell too large from too small.
  return std::isfinite(std::strtod(std::string(text.substr(0, number.length)).c_str(), nullptr));
}

bool is_number(std::string_view text) {
  const Number number = number_of(text);
  return number.length > 0 && is_separated(text.substr(number.length)) &&
         fits_a_double(text, number);
}

bool is_word(std::string_view text, std::string_view word) {
  return text.starts_with(word) && is_separated(text.substr(word.size()));
}

bool is_word_or_number(std::string_view text, const char* token) {
  if (*token == '\0') return false;  // the end
  const std::string_view rest = text.substr(static_cast<std::size_t>(token - text.data()));
  if (*token == 't') return is_word(rest, "true");
  if (*token == 'f') return is_word(rest, "false");
  if (*token == 'n') return is_word(rest, "null");
  return is_number(rest);
}

}  // namespace

void Cursor::begin(std::string_view text) {
  tokens_.begin(text);
  depth_ = 0;
  last_ = text.data();
  unescaped_.clear();
}

std::string_view Cursor::without_escapes(std::string_view raw) {
  if (raw.find('\\') == std::string_view::npos) return raw;
  return tokens_.unescape(raw, unescaped_.emplace_back());
}

inline bool Cursor::skip_key() {
  return *tokens_.next() == '"' && *tokens_.next() == ':';
}

/// A string is whole, or it would be no token.
inline bool Cursor::is_scalar(const char* token) const {
  return *token == '"' || is_word_or_number(tokens_.text(), token);
}

inline const char* Cursor::begin_value(bool& whole) {
  const char* const token = tokens_.next();
  const bool object = *token == '{';
  if (!object && *token != '[') {
    whole = true;
    return is_scalar(token) ? nullptr : "expected a value";
  }
  if (++depth_ > max_depth_) return "too deep";
  objects_ = objects_ << 1U | (object ? 1U : 0U);
  if (!take(object ? '}' : ']')) return !object || skip_key() ? nullptr : "expected a member";
  close_list();
  whole = true;
  return nullptr;
}

inline const char* Cursor::end_value(std::size_t outside, bool& more) {
  while (depth_ > outside) {
    const bool object = (objects_ & 1U) != 0;
    last_ = tokens_.next();
    if (*last_ == ',') {
      more = true;
      return !object || skip_key() ? nullptr : "expected a member";
    }
    if (*last_ != (object ? '}' : ']')) return "expected a comma or the end of a list";
    close_list();
  }
  return nullptr;
}

Result<> Cursor::skip() {
  const std::size_t outside = depth_;
  objects_ = 0;
  bool more = true;
  while (more) {
    bool whole = false;
    if (const char* const wrong = begin_value(whole)) return broken(wrong);
    if (!whole) continue;
    more = false;
    if (const char* const wrong = end_value(outside, more)) return broken(wrong);
  }
  return {};
}

Result<> Cursor::end() {
  const char* const token = tokens_.peek();
  if (is_in_text(token) || tokens_.error()) return broken("expected the end");
  return {};
}

bool Cursor::is_in_text(const char* token) const {
  const std::string_view text = tokens_.text();
  return std::less_equal<>()(text.data(), token) && std::less<>()(token, text.data() + text.size());
}

Error Cursor::broken(std::string_view complaint) {
  const char* const token = tokens_.peek();
  if (tokens_.error()) return *tokens_.error();
  const std::string_view text = tokens_.text();
  const auto offset =
      is_in_text(token) ? static_cast<std::size_t>(token - text.data()) : text.size();
  return invalid(std::string("body: ").append(complaint) + " before byte " +
                 std::to_string(offset));
}

}  // namespace kernwise::protocol::reader
