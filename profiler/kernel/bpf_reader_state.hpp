// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <set>
#include <span>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "ebpf/kw_task.h"
#include "profiler/kernel/bpf_reader.hpp"
#include "profiler/kernel/detail_reader.hpp"
#include "profiler/kernel/map_access.hpp"

/// The maps behind BpfReader; private to its .cpp files.
namespace kernwise::kernel {

struct BpfReader::State {
  const Programs* programs = nullptr;
  Mapping slots, globals, cpus, places;
  const bpf_map *cgroups = nullptr, *peers = nullptr, *listeners = nullptr, *disks = nullptr,
                *go = nullptr, *culprits = nullptr;
  DetailReader details;
  Ring<kw_sample> samples;
  Ring<kw_cgroup_event> events;
  std::size_t place_count = 0;  // of kw_places, 0 without it
  std::size_t cpu_count = 0;    // all possible CPUs, 0 without kw_cpus
  std::set<std::uint32_t> go_processes;
  std::unordered_set<std::uint64_t> assigned;  // keys of kw_cgroups
  std::set<std::uint32_t> used_slots{KW_SYSTEM_SLOT};
  std::array<std::uint64_t, 2> cleared_switches{};  // of slots that are somebody else's by now
  std::uint64_t refused = 0;                        // cgroups that found no room in kw_cgroups
  std::vector<sense::MapUse> uses;
  std::uint64_t reads = 0;
  bool unsettled = false;  // requests were open when transfers were shed

  [[nodiscard]] kw_slot* slot(std::uint32_t index) const { return slots.as<kw_slot>() + index; }
  [[nodiscard]] std::span<kw_cpu> all_cpus() const { return {cpus.as<kw_cpu>(), cpu_count}; }
  [[nodiscard]] std::span<kw_task> all_places() const {
    return {places.as<kw_task>(), place_count};
  }
  [[nodiscard]] kw_globals* global() const { return globals.as<kw_globals>(); }
  void set_entries(std::string_view name, std::uint64_t entries) {
    for (auto& use : uses) {
      if (use.name == name) use.entries = entries;
    }
  }
  /// What a map costs is settled when it is made; asking /proc for it each window is not.
  void list_maps();
  void count_entries(const KernelReading& reading);
  /// What a profile without switches does not have.
  [[nodiscard]] Result<> open_switches();
  /// Places of kw_places that a thread has.
  [[nodiscard]] std::uint64_t places_taken() const;
  [[nodiscard]] Result<> settle_requests();
  /// Switches of threads that were only counted, voluntary and forced.
  [[nodiscard]] std::array<std::uint64_t, 2> unfollowed();
  /// Voluntary or forced switches of all other tasks but idle and kernel threads.
  [[nodiscard]] std::uint64_t followed(std::size_t kind) const {
    auto total = cleared_switches[kind];
    for (const auto each : used_slots) total += std::atomic_ref(slot(each)->switches[kind]).load();
    return total;
  }
  void clear(std::uint32_t index) {
    auto& cleared = *slot(index);
    for (const std::size_t kind : {0, 1}) cleared_switches[kind] += cleared.switches[kind];
    cleared = kw_slot{};
    used_slots.erase(index);
  }
  /// Each CPU heeds at its next switch what kw_cgroups, what is shed or the epoch has become.
  void announce() const {
    std::atomic_ref(global()->generation).fetch_add(1, std::memory_order_release);
  }
};

}  // namespace kernwise::kernel
