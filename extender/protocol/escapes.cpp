// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/escapes.hpp"

#include <charconv>
#include <cstdint>

namespace kernwise::protocol {
namespace {

constexpr std::size_t kUnitLength = 6;  // \uXXXX

/// What may stand behind a backslash by itself.
bool is_short(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      return true;
    default:
      return false;
  }
}

/// The code unit of the `\uXXXX` that `text` begins with.
std::optional<std::uint16_t> unit_of(std::string_view text) {
  if (text.size() < kUnitLength || !text.starts_with("\\u")) return std::nullopt;
  std::uint16_t unit = 0;
  const char* const end = text.data() + kUnitLength;
  const auto read = std::from_chars(text.data() + 2, end, unit, 16);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return unit;
}

bool is_high(std::uint16_t unit) {
  return unit >= 0xd800 && unit < 0xdc00;
}
bool is_low(std::uint16_t unit) {
  return unit >= 0xdc00 && unit < 0xe000;
}

/// Bytes of the escape that `text` begins with, a whole pair of surrogates; 0: it is broken.
std::size_t escape_length(std::string_view text) {
  if (text.size() > 1 && is_short(text[1])) return 2;
  const auto unit = unit_of(text);
  if (!unit || is_low(*unit)) return 0;
  if (!is_high(*unit)) return kUnitLength;
  const auto second = unit_of(text.substr(kUnitLength));
  return second && is_low(*second) ? 2 * kUnitLength : 0;
}

}  // namespace

std::optional<std::size_t> broken_escape(std::string_view json) {
  std::size_t offset = json.find('\\');
  while (offset != std::string_view::npos) {
    const std::size_t length = escape_length(json.substr(offset));
    if (length == 0) return offset;
    offset = json.find('\\', offset + length);
  }
  return std::nullopt;
}

}  // namespace kernwise::protocol
