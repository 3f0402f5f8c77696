// SPDX-License-Identifier: Apache-2.0
// What all objects share is one piece of memory to each, under one name and as large as the node.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <bit>
#include <catch2/catch_all.hpp>
#include <fstream>
#include <sstream>
#include <string>

#include "ebpf/kw_task.h"
#include "profiler/kernel/bpf_reader.hpp"
#include "profiler/kernel/programs.hpp"
#include "test/support/scenario.hpp"

namespace kernwise::test {
namespace {

using kernel::SharedMemory;

/// Tables of that name that the programs hold; each would be another piece of memory.
std::ptrdiff_t tables(const kernel::Programs& programs, const std::string& name) {
  return std::ranges::count_if(programs.maps(), [&](const bpf_map* map) {
    return std::string(SharedMemory::name_of(map)) == name;
  });
}

/// Bytes of BPF tables that this process has in its address space.
std::uint64_t mapped_tables() {
  std::ifstream maps("/proc/self/maps");
  std::uint64_t bytes = 0, begin = 0, end = 0;
  for (std::string line; std::getline(maps, line);) {
    if (line.find("bpf-map") == std::string::npos) continue;
    char dash = 0;
    std::istringstream(line) >> std::hex >> begin >> dash >> end;
    bytes += end - begin;
  }
  return bytes;
}

}  // namespace

TEST_CASE("shared memory: one table of each name, with room for all of the node", "[kernel]") {
  KW_REQUIRE_KERNEL();
  const bool legacy = GENERATE(false, true);
  CAPTURE(legacy);
  const auto programs = kernel::Programs::load({.self_tgid = 1, .legacy = legacy});
  REQUIRE(programs.has_value());
  // Older kernels get the older objects whatever was asked for.
  const bool places = bpf_map__type((*programs)->map("kw_tasks")) == BPF_MAP_TYPE_TASK_STORAGE;
  const std::pair<const char*, std::uint64_t> expected[] = {
      {"kw_slots", KW_MAX_SLOTS},
      {"kw_global", 1},
      {"kw_places", places ? KW_TASK_PLACES : 0},
      {"kw_cpus", std::bit_ceil(static_cast<std::uint64_t>(libbpf_num_possible_cpus()))}};
  for (const auto& [name, entries] : expected) {
    CAPTURE(name);
    const auto* map = (*programs)->map(name);
    REQUIRE(map != nullptr);
    CHECK(tables(**programs, name) == 1);
    CHECK(SharedMemory::capacity_of(map) == entries);
    CHECK_FALSE(SharedMemory::is_private(map));
  }
}

TEST_CASE("shared memory: what one object alone has is nobody else's and has no entries",
          "[kernel]") {
  KW_REQUIRE_KERNEL();
  const auto programs = kernel::Programs::load({.self_tgid = 1});
  REQUIRE(programs.has_value());
  int constants = 0;
  for (const auto* map : (*programs)->maps()) {
    if (!SharedMemory::is_private(map)) continue;
    ++constants;
    CHECK(SharedMemory::capacity_of(map) == 0);
  }
  CHECK(constants > 1);
}

TEST_CASE("shared memory: no object keeps a view of its own", "[kernel]") {
  KW_REQUIRE_KERNEL();
  const auto before = mapped_tables();
  const auto programs = kernel::Programs::load({.self_tgid = 1});
  REQUIRE(programs.has_value());
  // Constants and variables of each are left, some pages.
  CHECK(mapped_tables() - before < sizeof(kw_slot) * KW_MAX_SLOTS / 4);
  const auto reader = kernel::BpfReader::open(**programs);
  REQUIRE(reader.has_value());
  CHECK(mapped_tables() - before >= sizeof(kw_slot) * KW_MAX_SLOTS);
}

}  // namespace kernwise::test
