// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"

namespace kernwise::symbols {

/// A loaded part of an ELF file (PT_LOAD).
struct Segment {
  std::uint64_t offset = 0, file_size = 0;
  std::uint64_t address = 0;  ///< virtual, before the load bias
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
  std::string build_id;  ///< raw bytes; empty when there is none
  bool go = false;       ///< has a section .go.buildinfo
};

/// Reads the headers of an open regular file. Nothing is mapped: a file that shrinks meanwhile is a
/// short read, not a signal. Errors: not an ELF file of this machine's byte order, broken tables,
/// more than 16,384 sections or 512 segments (libelf would allocate for what a header claims).
[[nodiscard]] Result<ElfLayout> read_layout(int fd);

}  // namespace kernwise::symbols
