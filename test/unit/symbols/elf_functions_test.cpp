// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/elf_functions.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "test/unit/symbols/made_files.hpp"

namespace kernwise::symbols {
namespace {

using test::Entry;
using test::memory_file;
using test::small_elf;

Functions find(const std::string& bytes, const std::vector<std::uint64_t>& addresses) {
  const auto file = ByteSource::memory(bytes);
  const auto layout = read_layout(file);
  REQUIRE(layout.has_value());
  return find_elf_functions(file, layout->is_64bit, layout->symtab, addresses);
}

std::string name_at(const std::string& bytes, std::uint64_t address) {
  return find(bytes, {address}).at(0).symbol;
}

TEST_CASE("ELF functions: an address belongs to the function that holds it", "[symbols]") {
  const auto bytes = small_elf({{"first", 0x401000, 0x10},
                                {"open", 0x401020, 0},
                                {"outer", 0x401100, 0x100},
                                {"inner", 0x401140, 0x10},
                                {"label", 0x401180, 0},
                                {"last", 0x401300, 0}});
  struct Row {
    std::uint64_t address;
    const char* name;
    std::uint64_t begin, end;  // where the answer holds
  };
  const std::vector<Row> rows = {
      {0x400fff, "", 0, 0x401000},
      {0x401000, "first", 0x401000, 0x401010},
      {0x40100f, "first", 0x401000, 0x401010},
      {0x401010, "", 0x401010, 0x401020},
      {0x401020, "open", 0x401020, 0x401100},
      {0x4010ff, "open", 0x401020, 0x401100},  // without a size: up to the next function
      {0x401130, "outer", 0x401100, 0x401140},
      {0x401140, "inner", 0x401140, 0x401150},
      {0x401150, "outer", 0x401150, 0x401180},
      {0x401190, "outer", 0x401180, 0x401200},  // a label within it is no function
      {0x401200, "label", 0x401200, 0x401300},  // outer has ended: the closest start before
      {0x409999, "last", 0x401300, kNoLimit},
  };
  std::vector<std::uint64_t> addresses;
  for (const auto& row : rows) addresses.push_back(row.address);
  const auto found = find(bytes, addresses);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(rows[i].address);
    CHECK(found[i] == Function{.begin = rows[i].begin, .end = rows[i].end, .symbol = rows[i].name});
    CHECK(find(bytes, {rows[i].address}).at(0) == found[i]);
  }
}

TEST_CASE("ELF functions: of aliases the plain global name is shown", "[symbols]") {
  constexpr unsigned char kWeak = ELF64_ST_INFO(STB_WEAK, STT_FUNC);
  constexpr unsigned char kLocal = ELF64_ST_INFO(STB_LOCAL, STT_FUNC);
  constexpr unsigned char kObject = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT);
  const auto bytes = small_elf({{"__GI___write", 0x401000, 0x10, kLocal},
                                {"__write", 0x401000, 0x10},
                                {"write", 0x401000, 0x10},
                                {"awrite", 0x401000, 0x10, kWeak},
                                {"data", 0x401004, 0x10, kObject}});
  CHECK(name_at(bytes, 0x401008) == "write");
}

TEST_CASE("ELF functions: Go is known by a section, and addresses by their segment", "[symbols]") {
  const auto go = small_elf({}, ".go.buildinfo");
  CHECK(read_layout(ByteSource::memory(go))->go);
  const auto other = small_elf({}, ".go.buildinf");
  const auto layout = read_layout(ByteSource::memory(other));
  CHECK_FALSE(layout->go);
  CHECK(layout->address_of(0x1000) == 0x401000);
  CHECK(layout->offset_of(0x401000) == 0x1000);
  CHECK_FALSE(layout->address_of(0x200000).has_value());
}

/// What a reader with all the time in the world says.
std::string simple_answer(const std::vector<Entry>& entries, std::uint64_t address) {
  const Entry* holder = nullptr;
  const Entry* last = nullptr;
  bool last_is_open = true;
  for (const auto& entry : entries) {
    if (entry.address > address) continue;
    if (address - entry.address < entry.size && (!holder || entry.address >= holder->address)) {
      holder = &entry;
    }
    if (!last || entry.address >= last->address) last = &entry;
  }
  for (const auto& entry : entries) {
    if (last && entry.address == last->address) last_is_open &= entry.size == 0;
  }
  if (holder) return holder->name;
  return last && last_is_open ? last->name : "";
}

TEST_CASE("ELF functions: many addresses at once find what each finds alone", "[symbols]") {
  REQUIRE(rc::check("same answer", [] {
    static const std::vector<std::string> kNames = [] {
      std::vector<std::string> names;
      for (int i = 0; i < 40; ++i) names.push_back("f" + std::to_string(i));
      return names;
    }();
    std::vector<Entry> entries;
    std::uint64_t address = 0x401000;
    const auto count = *rc::gen::inRange<std::size_t>(0, 40);
    for (std::size_t i = 0; i < count; ++i) {
      address += *rc::gen::inRange<std::uint64_t>(1, 40);
      entries.push_back({kNames[i].c_str(), address, *rc::gen::inRange<std::uint64_t>(0, 90)});
    }
    const auto bytes = small_elf(entries);
    auto probes = *rc::gen::container<std::vector<std::uint64_t>>(
        20, rc::gen::inRange<std::uint64_t>(0x400ff0, address + 100));
    std::ranges::sort(probes);
    const auto found = find(bytes, probes);
    for (std::size_t i = 0; i < probes.size(); ++i) {
      RC_ASSERT(found[i].symbol == simple_answer(entries, probes[i]));
      RC_ASSERT(found[i].begin <= probes[i]);
      RC_ASSERT(probes[i] < found[i].end);
      // The answer holds for every address of its range.
      const auto other = *rc::gen::inRange(std::max(found[i].begin, probes[i] - 50),
                                           std::min(found[i].end, probes[i] + 50));
      RC_ASSERT(simple_answer(entries, other) == found[i].symbol);
    }
  }));
}

TEST_CASE("ELF functions: what is no ELF file is an error", "[symbols]") {
  auto many_sections = small_elf({});
  Elf64_Ehdr header{};
  std::memcpy(&header, many_sections.data(), sizeof(header));
  header.e_shnum = 0;  // "the count is in section 0"
  std::memcpy(many_sections.data(), &header, sizeof(header));
  auto foreign = small_elf({});
  foreign[EI_DATA] = ELFDATA2MSB;
  auto no_class = small_elf({});
  no_class[EI_CLASS] = 9;
  for (const auto& bytes : {std::string(), std::string("#!/bin/sh\n"), std::string(10'000, '\0'),
                            std::string(ELFMAG), many_sections, foreign, no_class}) {
    const auto fd = memory_file(bytes);
    CHECK_FALSE(read_layout(ByteSource::file(fd.value())).has_value());
    CHECK_FALSE(read_layout(ByteSource::memory(bytes)).has_value());
  }
  CHECK_FALSE(read_layout(ByteSource::file(-1)).has_value());
}

}  // namespace
}  // namespace kernwise::symbols
