// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/kube/access.hpp"

namespace kernwise::kube {

/// What the program `words[0]` prints on standard output with exactly that environment and nothing
/// to read. Errors: it cannot be started, exits with another status than 0, prints more than
/// 1 MiB, or is not done after `timeout`; then it is killed with all of its process group.
[[nodiscard]] Result<std::string> child_output(const std::vector<std::string>& words,
                                               const Environment& environment,
                                               std::chrono::milliseconds timeout);

}  // namespace kernwise::kube
