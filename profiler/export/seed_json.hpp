// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/report/report.hpp"

namespace kernwise::profiler {

/// `GET /` of the first seed: a JSON array, one entry for each container and type with a value
/// above zero: CPU (samples at 99 Hz), IO (ms waited for disk in the window), OFF-CPU (ms waited
/// for network, locks, ipc and memory), each largest first. `[]` before the first window.
[[nodiscard]] std::string seed_json(const report::Report& report);

}  // namespace kernwise::profiler
