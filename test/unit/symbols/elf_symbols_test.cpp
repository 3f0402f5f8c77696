// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/elf_symbols.hpp"

#include <elf.h>
#include <fcntl.h>
#include <rapidcheck.h>
#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cstring>
#include <string>

#include "common/base/fd.hpp"
#include "test/unit/symbols/known_functions.hpp"

namespace kernwise::symbols {
namespace {

constexpr std::size_t kPlenty = 256UL * 1024 * 1024;

/// A file in memory.
Fd memory_file(const std::string& bytes) {
  Fd fd(::memfd_create("elf", MFD_CLOEXEC));
  REQUIRE(::write(fd.value(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  return fd;
}

/// One symbol of a file that `small_elf` writes.
struct Entry {
  const char* name;
  std::uint64_t address;
  std::uint64_t size;
  unsigned char info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
};

/// Header, one PT_LOAD (file offset 0 at 0x400000), symbols, their names, sections' names.
std::string small_elf(const std::vector<Entry>& entries, const char* extra_section = ".text") {
  std::string names(1, '\0');
  std::vector<Elf64_Sym> symbols(1);
  for (const auto& entry : entries) {
    Elf64_Sym symbol{};
    symbol.st_name = static_cast<Elf64_Word>(names.size());
    symbol.st_info = entry.info;
    symbol.st_shndx = 1;
    symbol.st_value = entry.address;
    symbol.st_size = entry.size;
    symbols.push_back(symbol);
    names += entry.name;
    names += '\0';
  }
  const std::string titles =
      std::string("\0.symtab\0.strtab\0.shstrtab\0", 27) + extra_section + std::string(1, '\0');
  const std::size_t symbols_at = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr);
  const std::size_t names_at = symbols_at + (symbols.size() * sizeof(Elf64_Sym));
  const std::size_t titles_at = names_at + names.size();
  const std::size_t sections_at = titles_at + titles.size();

  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_phoff = sizeof(header);
  header.e_shoff = sections_at;
  header.e_ehsize = sizeof(header);
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 1;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = 5;
  header.e_shstrndx = 3;
  Elf64_Phdr load{};
  load.p_type = PT_LOAD;
  load.p_offset = 0;
  load.p_vaddr = 0x400000;
  load.p_filesz = 0x10000;
  std::vector<Elf64_Shdr> sections(5);
  sections[1].sh_name = 1;
  sections[1].sh_type = SHT_SYMTAB;
  sections[1].sh_offset = symbols_at;
  sections[1].sh_size = symbols.size() * sizeof(Elf64_Sym);
  sections[1].sh_entsize = sizeof(Elf64_Sym);
  sections[1].sh_link = 2;
  sections[2].sh_name = 9;
  sections[2].sh_type = SHT_STRTAB;
  sections[2].sh_offset = names_at;
  sections[2].sh_size = names.size();
  sections[3].sh_name = 17;
  sections[3].sh_type = SHT_STRTAB;
  sections[3].sh_offset = titles_at;
  sections[3].sh_size = titles.size();
  sections[4].sh_name = 27;
  sections[4].sh_type = SHT_PROGBITS;

  const auto raw = [](const auto& value) {
    return std::string(reinterpret_cast<const char*>(&value), sizeof(value));
  };
  std::string bytes = raw(header) + raw(load);
  for (const auto& symbol : symbols) bytes += raw(symbol);
  bytes += names + titles;
  for (const auto& section : sections) bytes += raw(section);
  return bytes;
}

SymbolTable table_of(const std::string& bytes, std::size_t max_bytes = kPlenty) {
  const auto fd = memory_file(bytes);
  auto table = SymbolTable::read(fd.value(), max_bytes);
  REQUIRE(table.has_value());
  return std::move(*table);
}

TEST_CASE("symbols: an address belongs to the function that holds it", "[symbols]") {
  const auto table = table_of(small_elf({{"first", 0x401000, 0x10},
                                         {"open", 0x401020, 0},
                                         {"outer", 0x401100, 0x100},
                                         {"inner", 0x401140, 0x10},
                                         {"label", 0x401180, 0},
                                         {"last", 0x401300, 0}}));
  CHECK(table.find(0x400fff).empty());
  CHECK(table.find(0x401000) == "first");
  CHECK(table.find(0x40100f) == "first");
  CHECK(table.find(0x401010).empty());
  CHECK(table.find(0x401020) == "open");
  CHECK(table.find(0x4010ff) == "open");  // without a size: up to the next function
  CHECK(table.find(0x401140) == "inner");
  CHECK(table.find(0x401150) == "outer");
  CHECK(table.find(0x401190) == "outer");  // a label within it is no function
  CHECK(table.find(0x401200) == "label");  // outer has ended: the closest start before
  CHECK(table.find(0x409999) == "last");
}

TEST_CASE("symbols: a file offset becomes an address through its segment", "[symbols]") {
  const auto table = table_of(small_elf({{"first", 0x401000, 0x10}}));
  CHECK(table.address_of(0x1000) == 0x401000);
  CHECK_FALSE(table.address_of(0x10000).has_value());
}

TEST_CASE("symbols: of aliases the plain global name is shown", "[symbols]") {
  constexpr unsigned char kWeak = ELF64_ST_INFO(STB_WEAK, STT_FUNC);
  constexpr unsigned char kLocal = ELF64_ST_INFO(STB_LOCAL, STT_FUNC);
  constexpr unsigned char kObject = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT);
  const auto table = table_of(small_elf({{"__GI___write", 0x401000, 0x10, kLocal},
                                         {"__write", 0x401000, 0x10},
                                         {"write", 0x401000, 0x10},
                                         {"awrite", 0x401000, 0x10, kWeak},
                                         {"data", 0x401004, 0x10, kObject}}));
  CHECK(table.size() == 1);
  CHECK(table.find(0x401008) == "write");
}

TEST_CASE("symbols: Go is known by a section", "[symbols]") {
  CHECK(table_of(small_elf({}, ".go.buildinfo")).is_go());
  CHECK_FALSE(table_of(small_elf({}, ".go.buildinf")).is_go());
}

TEST_CASE("symbols: a table beyond the limit is searched in the file", "[symbols]") {
  std::vector<Entry> entries;
  for (std::uint64_t i = 0; i < 5000; ++i) entries.push_back({"f", 0x401000 + (i * 16), 16});
  entries.push_back({"wanted", 0x501000, 0x20});
  entries.push_back({"open", 0x501040, 0});
  const auto bytes = small_elf(entries);
  const auto table = table_of(bytes, 16UL * 1024);
  REQUIRE(table.too_large());
  CHECK(table.bytes() < 1024);
  const auto fd = memory_file(bytes);
  const auto found = table.find_in_file(fd.value(), 0x50101f);
  REQUIRE(found.has_value());
  CHECK(found->symbol == "wanted");
  CHECK(found->begin == 0x501000);
  CHECK(found->end == 0x501020);
  CHECK_FALSE(table.find_in_file(fd.value(), 0x501020).has_value());
  CHECK(table.find_in_file(fd.value(), 0x501050)->symbol == "open");
  CHECK_FALSE(table.find_in_file(fd.value(), 0x400fff).has_value());
}

TEST_CASE("symbols: the search finds what the table finds", "[symbols]") {
  REQUIRE(rc::check("same answer", [] {
    std::vector<Entry> entries;
    std::uint64_t address = 0x401000;
    const auto count = *rc::gen::inRange(0, 20);
    for (int i = 0; i < count; ++i) {
      // At most eight functions within the length of one, as far as the table looks back.
      address += *rc::gen::inRange<std::uint64_t>(5, 40);
      entries.push_back(
          {i % 2 == 0 ? "even" : "odd", address, *rc::gen::inRange<std::uint64_t>(0, 40)});
    }
    const auto bytes = small_elf(entries);
    const auto table = table_of(bytes);
    const auto fd = memory_file(bytes);
    const auto probe = *rc::gen::inRange<std::uint64_t>(0x400ff0, address + 50);
    const auto searched = table.find_in_file(fd.value(), probe);
    RC_ASSERT((searched ? searched->symbol : "") == table.find(probe));
  }));
}

TEST_CASE("symbols: this program's own functions are found", "[symbols]") {
  const Fd fd(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  const auto table = SymbolTable::read(fd.value(), kPlenty);
  REQUIRE(table.has_value());
  CHECK(table->size() > 100);
  CHECK_FALSE(table->too_large());
  CHECK_FALSE(table->is_go());
  const auto small = SymbolTable::read(fd.value(), 64UL * 1024);
  REQUIRE(small.has_value());
  CHECK(small->too_large());
}

TEST_CASE("symbols: what is no ELF file is an error", "[symbols]") {
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
    CHECK_FALSE(SymbolTable::read(fd.value(), kPlenty).has_value());
  }
  CHECK_FALSE(SymbolTable::read(-1, kPlenty).has_value());
}

/// Asks everything of a file that may be broken in any way.
void exercise(const std::string& bytes) {
  const auto fd = memory_file(bytes);
  const auto table = SymbolTable::read(fd.value(), 64UL * 1024);
  if (!table) return;
  for (const std::uint64_t address : {0ULL, 0x401000ULL, 0x401008ULL, ~0ULL}) {
    (void)table->find(address);
    (void)table->address_of(address);
    (void)table->find_in_file(fd.value(), address);
  }
}

TEST_CASE("symbols: a truncated file never crashes", "[symbols]") {
  const auto bytes = small_elf({{"first", 0x401000, 0x10}, {"second", 0x401010, 0}});
  for (std::size_t size = 0; size < bytes.size(); ++size) exercise(bytes.substr(0, size));
}

TEST_CASE("symbols: a mutated file never crashes", "[symbols]") {
  const auto small = small_elf({{"first", 0x401000, 0x10}, {"second", 0x401010, 0}});
  REQUIRE(rc::check("bytes", [&] {
    auto bytes = small;
    const auto edits = *rc::gen::inRange(1, 20);
    for (int i = 0; i < edits; ++i) {
      bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
    }
    exercise(bytes);
  }));
  REQUIRE(rc::check("words", [&] {
    auto bytes = small;
    const auto edits = *rc::gen::inRange(1, 6);
    for (int i = 0; i < edits; ++i) {
      const auto at = *rc::gen::inRange<std::size_t>(SELFMAG + 1, bytes.size() - 8);
      const auto word = *rc::gen::element<std::uint64_t>(0, 1, 0x7f, 0xffff, 0x7fffffff, 0xffffffff,
                                                         1ULL << 40, ~0ULL >> 1, ~0ULL);
      std::memcpy(bytes.data() + at, &word, *rc::gen::element<std::size_t>(2, 4, 8));
    }
    exercise(bytes);
  }));
}

}  // namespace
}  // namespace kernwise::symbols
