// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>

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

}  // namespace kernwise::placement
