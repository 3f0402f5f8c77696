// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace kernwise::fuzz {

/// What each program of this folder defines: reads `input` as a hostile stranger's, and ends the
/// process by `must` where the reader did not keep its word.
void read(std::string_view input);

inline void must(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

}  // namespace kernwise::fuzz
