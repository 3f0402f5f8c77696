// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace kernwise {

/// The version of this build, `0.1.0`; the one number is in the root CMakeLists.txt.
[[nodiscard]] std::string_view version();

}  // namespace kernwise
