// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>

namespace kernwise::kube {

/// How long to wait after `failures` in a row (the first is 1): `random`, from [0, 1), times
/// `first` doubled for each further failure, `last` at most. Full jitter: those who failed together
/// do not come back together.
[[nodiscard]] inline std::chrono::milliseconds backoff(int failures,
                                                       std::chrono::milliseconds first,
                                                       std::chrono::milliseconds last,
                                                       double random) {
  const int doublings = std::clamp(failures - 1, 0, 20);
  const auto most = std::min(last, first * (1L << doublings));
  return std::chrono::duration_cast<std::chrono::milliseconds>(most * random);
}

}  // namespace kernwise::kube
