// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace kernwise::placement {

/// Bytes of a name, several at a time: a vector of the compiler, which every processor that
/// Kubernetes runs on has a register for.
using Bytes [[gnu::vector_size(16)]] = unsigned char;

/// True when all are zero.
inline bool none(Bytes found) {
  std::uint64_t halves[2];
  std::memcpy(halves, &found, sizeof found);
  return (halves[0] | halves[1]) == 0;
}

/// What differs between texts of the same size, which is sixteen bytes or more.
inline Bytes difference(std::string_view a, std::string_view b) {
  const auto at = [&](std::size_t offset) {
    Bytes left, right;
    std::memcpy(&left, &a[offset], sizeof left);
    std::memcpy(&right, &b[offset], sizeof right);
    return left ^ right;
  };
  const std::size_t last = a.size() - sizeof(Bytes);
  Bytes differs = at(last);
  for (std::size_t offset = 0; offset < last; offset += sizeof(Bytes)) differs |= at(offset);
  return differs;
}

/// a == b. Names have some forty bytes and nearly all that are compared are equal: a call that
/// looks for the first difference costs more than to look at all of it.
inline bool equal(std::string_view a, std::string_view b) {
  if (a.size() != b.size() || a.size() < sizeof(Bytes)) return a == b;
  return none(difference(a, b));
}

}  // namespace kernwise::placement
