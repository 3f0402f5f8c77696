// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "profiler/sense/detail.hpp"
#include "test/support/scenario.hpp"

namespace kernwise::test {

/// Every collector on; `close` and `read` are the tracked system calls.
[[nodiscard]] kernel::ProgramOptions every_collector();

/// All counters of a slot at one moment.
struct Counters {
  kw_slot slot{};
  sense::Detail detail;
  kw_globals globals{};
};
[[nodiscard]] Counters counters_of(Watch& watch, std::uint32_t slot);

/// Tells the workload to begin and waits until it says that it is done (Truth::operations is what
/// it knows to have done). False when it died instead.
[[nodiscard]] bool run_to_end(Workload& workload);
/// The workload's side: waits for the word to begin; says that it is done and stays.
void await_begin(Truth& truth);
[[noreturn]] void done(Truth& truth, std::uint64_t operations);

}  // namespace kernwise::test
