// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/report/report.hpp"

namespace kernwise::report {

/// A report in which every field differs from its default.
[[nodiscard]] Report full_report();

/// A reply in which every field differs from its default.
[[nodiscard]] Reply full_reply();

}  // namespace kernwise::report
