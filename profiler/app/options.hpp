// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/base/options.hpp"

namespace kernwise::profiler {

/// Every option of kernwise-profiler with its default, range and meaning.
[[nodiscard]] options::Program program();

/// Which collectors run: what `profile` says, or for `custom` what the switches say.
struct Collectors {
  bool network = true, disk = true, stacks = true;
};
[[nodiscard]] Collectors collectors(const options::Settings& settings);

}  // namespace kernwise::profiler
