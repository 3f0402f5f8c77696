// SPDX-License-Identifier: Apache-2.0
#include "test/kernel/counters.hpp"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kernwise::test {

namespace {

/// Cells of Truth::seconds that these workloads use as flags.
constexpr std::size_t kBegin = 0, kDone = 1;

}  // namespace

kernel::ProgramOptions every_collector() {
  kernel::ProgramOptions options;
  options.packets = true;
  options.syscalls = {SYS_close, SYS_read};
  return options;
}

Counters counters_of(Watch& watch, std::uint32_t slot) {
  const std::uint32_t slots[] = {slot};
  auto reading = watch.reader().read(slots);
  if (!reading) throw std::runtime_error(reading.error().message());
  return {reading->slots[0].second, reading->details[slot], reading->globals};
}

bool run_to_end(Workload& workload) {
  workload.truth().seconds[kBegin] = 1;
  while (workload.truth().seconds[kDone] < 1) {
    siginfo_t ended{};
    const auto pid = static_cast<id_t>(workload.pid());
    ::waitid(P_PID, pid, &ended, WEXITED | WNOHANG | WNOWAIT);
    if (ended.si_pid != 0) return false;
    let_run(0.005);
  }
  let_run(0.02);  // what is in flight arrives
  return true;
}

void await_begin(Truth& truth) {
  truth.ready = true;
  while (truth.seconds[kBegin] < 1) ::usleep(1000);
}

void done(Truth& truth, std::uint64_t operations) {
  truth.operations = operations;
  truth.seconds[kDone] = 1;
  while (true) ::pause();
}

}  // namespace kernwise::test
