// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "profiler/symbols/elf_file.hpp"

namespace kernwise::symbols {

/// Addresses and names of one file's functions.
class SymbolTable {
 public:
  /// Reads `.symtab`, or `.dynsym` where that has no functions. A table above `max_bytes` keeps no
  /// names (`too_large()`); its functions are found one by one with `find_in_file`. Errors: as
  /// `read_layout`, or errno of read.
  [[nodiscard]] static Result<SymbolTable> read(int fd, std::size_t max_bytes);

  /// The virtual address of a file offset: offset - p_offset + p_vaddr of its PT_LOAD.
  [[nodiscard]] std::optional<std::uint64_t> address_of(std::uint64_t file_offset) const;

  /// The symbol (as written in the file) of the function that holds `address`; empty when none
  /// does. A function without a size reaches up to the next one.
  [[nodiscard]] std::string_view find(std::uint64_t address) const;

  struct Function {
    std::uint64_t begin = 0, end = 0;  ///< addresses, [begin, end)
    std::string symbol;
  };
  /// The same by reading through the file's symbols: memory does not depend on their number.
  [[nodiscard]] std::optional<Function> find_in_file(int fd, std::uint64_t address) const;

  [[nodiscard]] bool too_large() const { return too_large_; }
  [[nodiscard]] bool is_go() const { return layout_.go; }
  [[nodiscard]] const std::string& build_id() const { return layout_.build_id; }
  [[nodiscard]] std::size_t size() const { return symbols_.size(); }
  /// Memory held, bytes.
  [[nodiscard]] std::size_t bytes() const;
  /// Bytes of the file's symbol sections: what one reading of it costs.
  [[nodiscard]] std::uint64_t section_bytes() const { return section_.size; }
  /// The same functions at the same places.
  [[nodiscard]] bool same_content(const SymbolTable& other) const;

 private:
  struct Symbol {
    std::uint64_t address = 0;
    std::uint32_t size = 0;
    std::uint32_t name = 0;  // offset in names_
    bool operator==(const Symbol&) const = default;
  };
  struct Found;
  void sort_and_merge(std::vector<Found>& found);

  ElfLayout layout_;
  SymbolSection section_;  // the one that is used
  bool too_large_ = false;
  std::vector<Symbol> symbols_;  // by address, one for each
  std::string names_;            // NUL-terminated, one after another
};

}  // namespace kernwise::symbols
