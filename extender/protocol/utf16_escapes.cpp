// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/utf16_escapes.hpp"

#include <charconv>
#include <cstdint>

namespace kernwise::protocol {
namespace {

constexpr std::size_t kEscapeLength = 6;  // \uXXXX

/// The code unit of a `\uXXXX` escape at `offset`, or 0 when there is none.
std::uint16_t unit_at(std::string_view json, std::size_t offset) {
  const std::string_view escape = json.substr(offset, kEscapeLength);
  if (escape.size() != kEscapeLength || !escape.starts_with("\\u")) return 0;
  std::uint16_t unit = 0;
  std::from_chars(escape.data() + 2, escape.data() + kEscapeLength, unit, 16);
  return unit;
}

bool is_high(std::uint16_t unit) {
  return unit >= 0xd800 && unit < 0xdc00;
}
bool is_low(std::uint16_t unit) {
  return unit >= 0xdc00 && unit < 0xe000;
}

}  // namespace

std::optional<std::size_t> lone_surrogate(std::string_view json) {
  std::size_t offset = json.find('\\');
  while (offset != std::string_view::npos) {
    const std::uint16_t unit = unit_at(json, offset);
    std::size_t length = unit == 0 ? 2 : kEscapeLength;  // \u0000 counts as 2: its digits are text
    if (is_high(unit) && is_low(unit_at(json, offset + kEscapeLength))) {
      length = 2 * kEscapeLength;
    } else if (is_high(unit) || is_low(unit)) {
      return offset;
    }
    offset = json.find('\\', offset + length);
  }
  return std::nullopt;
}

}  // namespace kernwise::protocol
