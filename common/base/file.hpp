// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/base/result.hpp"

namespace kernwise {

/// The whole text of a file of at most `max_bytes` bytes. Works for /proc and cgroup files, whose
/// size is not known before. Errors: errno of open or read, or `invalid` when larger.
[[nodiscard]] Result<std::string> read_file(const std::string& path,
                                            std::size_t max_bytes = 1024UL * 1024);

}  // namespace kernwise
