// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace kernwise::bench {

/// Prints what the largest requests add to a server that has the reports of every node and has not
/// been asked anything large before. `folder` takes its log.
void measure_memory(const std::string& folder);

}  // namespace kernwise::bench
