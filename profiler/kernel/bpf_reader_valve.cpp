// SPDX-License-Identifier: Apache-2.0
// What the programs are told to leave out, and what they say they cost.
#include "profiler/kernel/bpf_reader_state.hpp"
#include "profiler/kernel/settle.hpp"

namespace kernwise::kernel {
namespace {

constexpr std::pair<sense::Collector, kw_timed> kTimed[] = {
    {sense::Collector::switches, KW_TIMED_SWITCHES},
    {sense::Collector::wait_stacks, KW_TIMED_WAIT_STACKS},
    {sense::Collector::samples, KW_TIMED_SAMPLES},
    {sense::Collector::packets, KW_TIMED_PACKETS},
    {sense::Collector::system_calls, KW_TIMED_CALLS},
    {sense::Collector::faults, KW_TIMED_FAULTS},
    {sense::Collector::disk, KW_TIMED_BLOCK},
    {sense::Collector::connections, KW_TIMED_CONNECTIONS},
    {sense::Collector::requests, KW_TIMED_TRANSFERS},
};

/// kw_globals.shed.
std::uint32_t shed_by(const sense::ValveEffect& effect) {
  return (effect.disk_times ? 0U : KW_SHED_DISK) | (effect.reasons ? 0U : KW_SHED_REASONS) |
         (effect.switches ? 0U : KW_SHED_SWITCHES) | (effect.requests ? 0U : KW_SHED_REQUESTS) |
         (effect.connections ? 0U : KW_SHED_CONNECTIONS) |
         (effect.wait_stacks ? 0U : KW_SHED_WAIT_STACKS);
}

}  // namespace

/// A window later, so that no program runs any more that was running when its hook was left.
Result<> BpfReader::State::settle_requests() {
  if (!unsettled) return {};
  unsettled = false;
  return programs->settle_requests();
}

std::array<std::uint64_t, 2> BpfReader::State::unfollowed() {
  std::array<std::uint64_t, 2> sums{};
  for (auto& cpu : all_cpus()) {
    for (const std::size_t kind : {0, 1})
      sums[kind] += std::atomic_ref(cpu.unfollowed[kind]).load();
  }
  return sums;
}

sense::ProgramRuns BpfReader::runs() const {
  auto& globals = *state_->global();
  const auto load = [](__u64& counter) { return std::atomic_ref(counter).load(); };
  const auto unfollowed = state_->unfollowed();
  sense::ProgramRuns runs{.switches = state_->followed(0) + state_->followed(1),
                          .unfollowed = unfollowed[0] + unfollowed[1],
                          .samples = load(globals.samples)};
  for (const auto& [collector, timed] : kTimed) {
    runs[collector] = {load(globals.timed[timed].runs), load(globals.timed[timed].ns)};
  }
  return runs;
}

void BpfReader::set_valve(const sense::ValveEffect& effect) {
  auto& globals = *state_->global();
  const auto before = std::atomic_ref(globals.shed).load();
  std::atomic_ref(globals.sample_every).store(effect.sample_every);
  if ((before & KW_SHED_SWITCHES) != 0 && effect.switches) {
    const auto now = kernel_now_ns();
    for (const auto slot : state_->used_slots) settle_activity(*state_->slot(slot), now);
    for (auto& cpu : state_->all_cpus()) forget_run(cpu);
    for (auto& place : state_->all_places()) forget_times(place);
    std::atomic_ref(globals.epoch).fetch_add(1);
  }
  if ((before & KW_SHED_REQUESTS) == 0 && !effect.requests) state_->unsettled = true;
  std::atomic_ref(globals.shed).store(shed_by(effect));
  state_->announce();
}

}  // namespace kernwise::kernel
