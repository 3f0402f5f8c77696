// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/detail_reader.hpp"

#include <algorithm>

namespace kernwise::kernel {
namespace {

/// Stays empty when the map is not loaded.
Result<> map_if_loaded(Mapping& mapping, const Programs& programs, const char* name,
                       std::size_t bytes) {
  if (!programs.map(name)) return {};
  auto mapped = Mapping::of(programs, name, bytes);
  if (!mapped) return mapped.error();
  mapping = std::move(*mapped);
  return {};
}

}  // namespace

Result<DetailReader> DetailReader::open(const Programs& programs) {
  DetailReader reader;
  const std::pair<Mapping*, std::pair<const char*, std::size_t>> wanted[] = {
      {&reader.net_, {"kw_net_slots", sizeof(kw_net_counters) * KW_MAX_SLOTS}},
      {&reader.memory_, {"kw_memory_slots", sizeof(kw_memory_counters) * KW_MAX_SLOTS}},
      {&reader.syscalls_,
       {"kw_syscall_slots", sizeof(kw_syscall_counters) * KW_MAX_SLOTS * KW_MAX_TRACKED}},
  };
  for (const auto& [mapping, map] : wanted) {
    auto mapped = map_if_loaded(*mapping, programs, map.first, map.second);
    if (!mapped) return mapped.error();
  }
  reader.disks_ = programs.map("kw_slot_disks");
  return reader;
}

std::map<std::uint32_t, sense::Detail> DetailReader::read(
    std::span<const std::uint32_t> slots) const {
  std::map<std::uint32_t, sense::Detail> details;
  for (const auto slot : slots) {
    auto& detail = details[slot];
    if (net_.valid()) detail.net = net_.as<kw_net_counters>()[slot];
    if (memory_.valid()) detail.memory = memory_.as<kw_memory_counters>()[slot];
    if (!syscalls_.valid() || slot == KW_SYSTEM_SLOT) continue;
    const auto* first = syscalls_.as<kw_syscall_counters>() + std::size_t{slot} * KW_MAX_TRACKED;
    detail.syscalls.assign(first, first + KW_MAX_TRACKED);
  }
  for_each_entry<kw_slot_disk_key, kw_slot_disk>(disks_, [&](const auto& key, const auto& disk) {
    if (const auto found = details.find(key.slot); found != details.end()) {
      found->second.disks.emplace(key.device, disk);
    }
  });
  return details;
}

void DetailReader::clear(const std::set<std::uint32_t>& slots) {
  for (const auto slot : slots) {
    if (net_.valid()) net_.as<kw_net_counters>()[slot] = {};
    if (memory_.valid()) memory_.as<kw_memory_counters>()[slot] = {};
    if (!syscalls_.valid()) continue;
    auto* first = syscalls_.as<kw_syscall_counters>() + std::size_t{slot} * KW_MAX_TRACKED;
    std::fill_n(first, KW_MAX_TRACKED, kw_syscall_counters{});
  }
  forget_if<kw_slot_disk_key, kw_slot_disk>(
      disks_, [&](const auto& key, const auto&) { return slots.contains(key.slot); });
}

}  // namespace kernwise::kernel
