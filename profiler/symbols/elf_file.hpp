// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "profiler/symbols/byte_source.hpp"

namespace kernwise::symbols {

/// A loaded part of an ELF file (PT_LOAD).
struct Segment {
  std::uint64_t offset = 0, file_size = 0;
  std::uint64_t address = 0;  ///< virtual, before the load bias
  bool executable = false;
};

/// Where a section lies in the file and in memory.
struct Section {
  std::uint64_t offset = 0, size = 0, address = 0;
  [[nodiscard]] bool present() const { return size > 0; }
};

/// A section with symbols and the section with their names.
struct SymbolSection {
  std::uint64_t offset = 0, size = 0;
  std::uint64_t names_offset = 0, names_size = 0;
  [[nodiscard]] bool present() const { return size > 0; }
};

/// What the headers of an ELF file say. Everything in it was chosen by whoever wrote the file; the
/// offsets and sizes lie within the file.
struct ElfLayout {
  bool is_64bit = true;
  std::vector<Segment> segments;
  SymbolSection symtab, dynsym;
  std::string build_id;   ///< raw bytes; empty when there is none
  bool go = false;        ///< has a section .go.buildinfo
  bool sections = false;  ///< has a section table at all
  Section pclntab;        ///< Go's function table
  Section go_module;      ///< .go.module: runtime.firstmoduledata (since Go 1.26)
  Section relocations;    ///< .rela.dyn
  Section debug_data;     ///< .gnu_debugdata: an ELF file of its own, packed with xz

  /// The virtual address of a file offset: offset - p_offset + p_vaddr of its PT_LOAD (an
  /// executable one where several hold it).
  [[nodiscard]] std::optional<std::uint64_t> address_of(std::uint64_t file_offset) const;
  /// The way back, through the segment that holds `address` in the file.
  [[nodiscard]] std::optional<std::uint64_t> offset_of(std::uint64_t address) const;
};

/// Reads the headers of a file. Errors: not an ELF file of this machine's byte order, broken
/// tables, more than 16,384 sections or 512 segments (libelf would allocate for what a header
/// claims).
[[nodiscard]] Result<ElfLayout> read_layout(const ByteSource& file);

}  // namespace kernwise::symbols
