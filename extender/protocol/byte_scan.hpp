// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

/// Looks at eight bytes of a text at once: every node name of every call is looked at twice.
namespace kernwise::protocol {

namespace word {

inline constexpr std::uint64_t kOnes = 0x0101010101010101;
inline constexpr std::uint64_t kHighs = 0x8080808080808080;

/// High bit set in (at least) the lowest byte that is below `limit`, if one is; 0 if none is. Only
/// bytes below 0x80 count. `limit` is at most 0x80.
inline std::uint64_t below(std::uint64_t bytes, std::uint8_t limit) {
  return (bytes - kOnes * limit) & ~bytes & kHighs;
}
/// The same for bytes that equal `byte`.
inline std::uint64_t equal(std::uint64_t bytes, std::uint8_t byte) {
  return below(bytes ^ (kOnes * byte), 1);
}

}  // namespace word

/// True when `test`, which gives 0 for harmless words, gives 0 for all of `text`. Bytes that fill
/// up the last word are `x`.
template <class Test>
bool all_harmless(std::string_view text, Test test) {
  std::uint64_t found = 0, bytes = 0;
  while (text.size() >= sizeof bytes) {
    std::memcpy(&bytes, text.data(), sizeof bytes);
    found |= test(bytes);
    text.remove_prefix(sizeof bytes);
  }
  bytes = word::kOnes * 'x';
  // An empty view may have no address at all, which memcpy does not allow.
  if (!text.empty()) std::memcpy(&bytes, text.data(), text.size());
  return (found | test(bytes)) == 0;
}

/// C0 controls and DEL.
inline bool has_control(std::string_view text) {
  return !all_harmless(text, [](std::uint64_t bytes) {
    return word::below(bytes, 0x20) | word::equal(bytes, 0x7f);
  });
}

/// Nothing in it that a JSON string must or should escape, and ASCII only.
inline bool is_plain(std::string_view text) {
  return all_harmless(text, [](std::uint64_t bytes) {
    // `"` and `&` differ in bit 2 only, `<` and `>` in bit 1.
    return (bytes & word::kHighs) | word::below(bytes, 0x20) |
           word::equal(bytes & ~(word::kOnes * 0x04), '"') |
           word::equal(bytes & ~(word::kOnes * 0x02), '<') | word::equal(bytes, '\\');
  });
}

}  // namespace kernwise::protocol
