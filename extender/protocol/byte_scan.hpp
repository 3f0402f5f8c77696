// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "extender/placement/bytes.hpp"

/// Looks at sixteen bytes of a text at once: every name of every call that was not expected is
/// looked at.
namespace kernwise::protocol {

using placement::Bytes;
using placement::none;

/// True when `test`, which gives zeros for harmless bytes, gives zeros for all of `text`. Places
/// that are left in a register are filled with `x`.
template <class Test>
bool all_harmless(std::string_view text, Test test) {
  constexpr std::size_t kHalf = sizeof(std::uint64_t);
  Bytes bytes = Bytes{} + 'x';
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  Bytes found{};
  if (text.size() >= sizeof bytes) {
    for (const char* at = begin; at < end - sizeof bytes; at += sizeof bytes) {
      std::memcpy(&bytes, at, sizeof bytes);
      found |= test(bytes);
    }
    // Overlaps the ones before: a copy of as many bytes as are left would be a call.
    std::memcpy(&bytes, end - sizeof bytes, sizeof bytes);
  } else if (text.size() >= kHalf) {
    std::uint64_t halves[2];
    std::memcpy(&halves[0], begin, kHalf);
    std::memcpy(&halves[1], end - kHalf, kHalf);
    std::memcpy(&bytes, halves, sizeof bytes);
  } else if (!text.empty()) {  // an empty view may have no address, which memcpy does not allow
    std::memcpy(&bytes, begin, text.size());
  }
  return none(found | test(bytes));
}

/// C0 controls and DEL.
inline bool has_control(std::string_view text) {
  return !all_harmless(
      text, [](Bytes bytes) { return static_cast<Bytes>((bytes < 0x20) | (bytes == 0x7f)); });
}

/// Neither a control character nor an escape in what stands between the quotes of a JSON string.
inline bool is_bare(std::string_view raw) {
  return all_harmless(raw, [](Bytes bytes) {
    return static_cast<Bytes>((bytes < 0x20) | (bytes == 0x7f) | (bytes == '\\'));
  });
}

/// Zero where a byte is ASCII that a JSON string neither must nor should escape.
inline Bytes special(Bytes bytes) {
  // `"` and `&` differ in bit 2 only, `<` and `>` in bit 1.
  return static_cast<Bytes>((bytes < 0x20) | (bytes >= 0x80) | ((bytes & ~0x04) == '"') |
                            ((bytes & ~0x02) == '<') | (bytes == '\\'));
}

/// Nothing in it that a JSON string must or should escape, and ASCII only.
inline bool is_plain(std::string_view text) {
  return all_harmless(text, [](Bytes bytes) { return special(bytes); });
}

}  // namespace kernwise::protocol
