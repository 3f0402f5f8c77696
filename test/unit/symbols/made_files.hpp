// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <elf.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/fd.hpp"

/// Files with functions in them, made in the test.
namespace kernwise::test {

/// An open file in memory.
Fd memory_file(const std::string& bytes);

/// One symbol of an ELF file.
struct Entry {
  const char* name;
  std::uint64_t address;
  std::uint64_t size;
  unsigned char info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
};

/// One section; `address` 0 = not loaded.
struct MadeSection {
  std::string name = {};
  std::uint32_t type = SHT_PROGBITS;
  std::string bytes = {};
  std::uint64_t address = 0;
  std::uint32_t link = 0;
  std::uint64_t entry_size = 0;
};

inline constexpr std::uint64_t kLoadedAt = 0x400000;  ///< address of file offset 0

/// Header, one executable PT_LOAD (file offset 0 at kLoadedAt), the sections, their names.
std::string elf_of(std::vector<MadeSection> sections);
/// The sections of a symbol table with its names; it will be number `index`.
std::vector<MadeSection> symbol_sections(const std::vector<Entry>& entries, std::uint32_t index,
                                         bool dynamic = false);
/// An ELF file with `.symtab` and one more, empty section.
std::string small_elf(const std::vector<Entry>& entries, const char* extra_section = ".text");

/// A function of a Go table.
struct GoEntry {
  std::string name = {};
  std::uint64_t start;
};
enum class GoForm { go12, go116, go118, go120 };
/// A pclntab; the last function ends at `end`. `text` = 0 leaves the start of text out of it (from
/// Go 1.18 on, functions count from `base`).
std::string go_table(GoForm form, const std::vector<GoEntry>& functions, std::uint64_t end,
                     std::uint64_t base, bool with_text = true);

/// `bytes` packed as xz does it.
std::string packed(const std::string& bytes);

/// The bytes of a number.
template <class T>
std::string raw(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

}  // namespace kernwise::test
