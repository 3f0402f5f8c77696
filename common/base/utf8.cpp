// SPDX-License-Identifier: Apache-2.0
#include "common/base/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace kernwise {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080ULL;

/// How many bytes at the front are ASCII.
std::size_t ascii_bytes(std::string_view text) {
  std::size_t at = 0;
  std::uint64_t word = 0;
  while (at + sizeof(word) <= text.size()) {
    std::memcpy(&word, text.data() + at, sizeof(word));
    if ((word & kHighBits) != 0) break;
    at += sizeof(word);
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

/// How many bytes at the front are ASCII and no controls: nearly always all of them.
std::size_t plain_bytes(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && text[at] >= ' ' && text[at] < 0x7F) ++at;
  return at;
}

/// A lead byte: how many bytes follow, its payload, and the range of the first follower. The range
/// is what excludes overlong forms, surrogates and everything above U+10FFFF (Unicode table 3-7).
struct Lead {
  std::size_t followers = 0;
  char32_t payload = 0;
  unsigned char low = 0x80, high = 0xBF;
};

Lead lead_of(unsigned char byte) {
  if (byte >= 0xC2 && byte <= 0xDF) return {1, byte & 0x1FU, 0x80, 0xBF};
  if (byte == 0xE0) return {2, 0, 0xA0, 0xBF};
  if (byte == 0xED) return {2, 0xD, 0x80, 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF) return {2, byte & 0xFU, 0x80, 0xBF};
  if (byte == 0xF0) return {3, 0, 0x90, 0xBF};
  if (byte >= 0xF1 && byte <= 0xF3) return {3, byte & 0x7U, 0x80, 0xBF};
  if (byte == 0xF4) return {3, 4, 0x80, 0x8F};
  return {};
}

}  // namespace

CodePoint first_code_point(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return {first, 1, true};
  Lead lead = lead_of(first);
  if (lead.followers == 0) return {0xFFFD, 1, false};
  char32_t value = lead.payload;
  for (std::size_t at = 1; at <= lead.followers; ++at) {
    const unsigned char byte = at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
    if (byte < lead.low || byte > lead.high) return {0xFFFD, at, false};
    value = (value << 6) | (byte & 0x3FU);
    lead.low = 0x80;
    lead.high = 0xBF;
  }
  return {value, lead.followers + 1, true};
}

bool is_control(char32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F) ||
         (code_point >= 0x202A && code_point <= 0x202E) ||
         (code_point >= 0x2066 && code_point <= 0x2069);
}

bool is_valid_utf8(std::string_view text) {
  for (;;) {
    text.remove_prefix(ascii_bytes(text));
    if (text.empty()) return true;
    const CodePoint next = first_code_point(text);
    if (!next.valid) return false;
    text.remove_prefix(next.bytes);
  }
}

bool is_printable(std::string_view text) {
  for (;;) {
    text.remove_prefix(plain_bytes(text));
    if (text.empty()) return true;
    const CodePoint next = first_code_point(text);
    if (!next.valid || is_control(next.value)) return false;
    text.remove_prefix(next.bytes);
  }
}

std::string printable(std::string_view text, std::size_t max_bytes) {
  const std::size_t plain = plain_bytes(text);
  if (plain == text.size()) return std::string(text.substr(0, max_bytes));
  std::string out;
  out.reserve(text.size() < max_bytes ? text.size() : max_bytes);
  while (!text.empty()) {
    const CodePoint next = first_code_point(text);
    const std::string_view shown = next.valid ? text.substr(0, next.bytes) : kReplacement;
    text.remove_prefix(next.bytes);
    if (is_control(next.value)) continue;
    if (out.size() + shown.size() > max_bytes) break;
    out.append(shown);
  }
  return out;
}

}  // namespace kernwise
