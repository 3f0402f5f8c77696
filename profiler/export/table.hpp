// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/report/report.hpp"

namespace kernwise::profiler {

/// The table of `--print`: the node in one line, then a line for each container, busiest first,
/// then what this node cannot see. No line is wider than `width` characters (60 at least). Plain
/// text: whatever a container is called cannot move the cursor.
[[nodiscard]] std::string print_table(const report::Report& report, std::size_t width = 120);

}  // namespace kernwise::profiler
