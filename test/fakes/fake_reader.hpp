// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "profiler/kernel/reader.hpp"

namespace kernwise::test {

/// Counters that a test sets by hand, with the behaviour of the kernel's maps.
class FakeReader final : public kernel::CounterSource {
 public:
  std::uint64_t now_ns = 1'000'000'000;
  std::map<std::uint32_t, kw_slot> slots;
  std::map<std::uint64_t, std::uint32_t> assigned;
  std::map<std::uint32_t, sense::Detail> details;
  std::vector<kw_process> processes;
  std::vector<sense::PeerReading> peers;
  std::vector<std::pair<kw_listener_key, kw_listener>> listeners;
  std::vector<sense::CulpritReading> culprits;
  std::vector<kw_cgroup_event> events;
  kw_globals globals{};
  std::array<std::uint64_t, 2> switches{};
  sense::ValveEffect valve;
  bool table_full = false;
  bool fails = false;

  Result<kernel::KernelReading> read(std::span<const std::uint32_t> wanted) override {
    if (fails) return invalid("the iterator failed");
    kernel::KernelReading reading;
    reading.at_ns = now_ns;
    for (const auto slot : wanted) reading.slots.emplace_back(slot, slots[slot]);
    for (const auto slot : wanted) reading.details[slot] = details[slot];
    reading.processes = processes;
    reading.peers = peers;
    reading.culprits = culprits;
    reading.listeners = listeners;
    reading.globals = globals;
    reading.switches = switches;
    return reading;
  }
  Result<> assign(std::uint64_t cgroup_id, std::uint32_t slot) override {
    if (table_full) return invalid("the table is full");
    assigned[cgroup_id] = slot;
    return {};
  }
  void forget(std::uint64_t cgroup_id) override { assigned.erase(cgroup_id); }
  void clear_slots(const std::set<std::uint32_t>& gone) override {
    for (const auto slot : gone) slots.erase(slot);
  }
  void set_go_processes(std::span<const std::uint32_t>) override {}
  [[nodiscard]] sense::ProgramRuns runs() const override {
    return {.switches = switches[0] + switches[1], .samples = globals.samples};
  }
  void set_valve(const sense::ValveEffect& effect) override { valve = effect; }
  void forget_before(std::uint64_t) override {}
  void drain_samples(const std::function<void(const kw_sample&)>&) override {}
  void drain_cgroups(const std::function<void(const kw_cgroup_event&)>& each) override {
    for (const auto& event : events) each(event);
    events.clear();
  }
  [[nodiscard]] std::vector<sense::MapUse> map_use() const override { return {}; }
};

}  // namespace kernwise::test
