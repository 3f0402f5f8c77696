// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/shared_memory.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "ebpf/kw_task.h"

namespace kernwise::kernel {
namespace {

constexpr std::string_view kSection = ".data.", kTable = "kw_";

/// A shared table is one value to the kernel; what one entry of it takes.
struct Entry {
  const char* table;
  std::size_t bytes;
};
constexpr Entry kEntries[] = {{"kw_slots", sizeof(kw_slot)},
                              {"kw_global", sizeof(kw_globals)},
                              {"kw_places", sizeof(kw_task)},
                              {"kw_cpus", sizeof(kw_cpu)}};

/// What lies in the section of that name; nullptr = it is not shared.
const Entry* entry_in(std::string_view section) {
  if (!section.starts_with(kSection)) return nullptr;
  section.remove_prefix(kSection.size());
  const auto* const found = std::ranges::find_if(kEntries, [&](const Entry& entry) {
    return std::string_view(entry.table).substr(kTable.size()) == section;
  });
  return found == std::end(kEntries) ? nullptr : found;
}

}  // namespace

SharedMemory::SharedMemory(std::size_t cpus, std::size_t places) {
  const std::map<std::string_view, std::size_t> entries{
      {"kw_slots", KW_MAX_SLOTS}, {"kw_global", 1}, {"kw_places", places}, {"kw_cpus", cpus}};
  for (const auto& [name, bytes] : kEntries) {
    // The objects for older kernels name a table that they do not use.
    tables_.emplace(name, Table{std::max(entries.at(name) * bytes, sizeof(__u64)), {}});
  }
}

Result<> SharedMemory::give_to(bpf_map* map, Table& table) {
  const auto size = static_cast<__u32>(table.bytes);
  const auto* const name = name_of(map);
  if (!table.made.valid()) {
    bpf_map_create_opts options{};
    options.sz = sizeof(options);
    options.map_flags = BPF_F_MMAPABLE;
    table.made = Fd(bpf_map_create(BPF_MAP_TYPE_ARRAY, name, sizeof(__u32), size, 1, &options));
  }
  if (!table.made.valid()) return errno_error(errno, std::string("memory for ") + name);
  // libbpf maps as much of it as the object says.
  int error = bpf_map__value_size(map) == size ? 0 : bpf_map__set_value_size(map, size);
  if (error == 0) error = bpf_map__reuse_fd(map, table.made.value());
  if (error != 0) return errno_error(-error, std::string("memory for ") + name);
  return {};
}

Result<> SharedMemory::give_to(bpf_object* object) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    const auto table = tables_.find(name_of(map));
    if (table == tables_.end()) continue;
    if (auto given = give_to(map, table->second); !given) return given;
  }
  return {};
}

void SharedMemory::drop_views(const bpf_object* object) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (!entry_in(bpf_map__name(map))) continue;
    std::size_t bytes = 0;
    void* const view = bpf_map__initial_value(map, &bytes);
    if (!view) continue;
    // What replaces it is empty; libbpf unmaps the addresses with the object.
    constexpr int kEmpty = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
    if (::mmap(view, bytes, PROT_NONE, kEmpty, -1, 0) == MAP_FAILED) return;  // costs memory only
  }
}

bpf_map* SharedMemory::find(const bpf_object* object, std::string_view name) {
  if (!name.starts_with(kTable)) return nullptr;
  const auto section = std::string(kSection).append(name.substr(kTable.size()));
  return bpf_object__find_map_by_name(object, section.c_str());
}

const char* SharedMemory::name_of(const bpf_map* map) {
  const auto* const entry = entry_in(bpf_map__name(map));
  return entry ? entry->table : bpf_map__name(map);
}

bool SharedMemory::is_private(const bpf_map* map) {
  return bpf_map__is_internal(map) && !entry_in(bpf_map__name(map));
}

std::uint64_t SharedMemory::capacity_of(const bpf_map* map) {
  if (is_private(map)) return 0;
  const auto* const entry = entry_in(bpf_map__name(map));
  return entry ? bpf_map__value_size(map) / entry->bytes : bpf_map__max_entries(map);
}

}  // namespace kernwise::kernel
