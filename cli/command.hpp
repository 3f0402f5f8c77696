// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "common/base/options.hpp"

namespace kernwise::cli {

/// Runs one command; `arguments` are those after the program's name. Gives the exit code: 0 done, 1
/// failed with the reason on `err`, 2 used wrongly.
[[nodiscard]] int run(const std::vector<std::string>& arguments,
                      const options::Environment& environment, std::ostream& out,
                      std::ostream& err);

}  // namespace kernwise::cli
