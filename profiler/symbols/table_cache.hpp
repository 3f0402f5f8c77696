// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>

#include "common/base/clock.hpp"
#include "profiler/symbols/elf_symbols.hpp"
#include "profiler/symbols/open_file.hpp"

namespace kernwise::symbols {

/// Symbol tables by file, least recently used out. Copies of one file in many images share a table:
/// found by build-id and compared in full, since a container may write any build-id into its files.
/// A file without a usable table is remembered too, for ten minutes.
class TableCache {
 public:
  explicit TableCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  struct Entry {
    std::shared_ptr<const SymbolTable> table;  ///< null: this file has none
  };
  /// What is known of `id`; nothing when it has to be read.
  [[nodiscard]] std::optional<Entry> find(const FileId& id, MonoTime now);
  /// Keeps the table of `id` (null: it has none) and returns the one to use.
  std::shared_ptr<const SymbolTable> keep(const FileId& id, std::optional<SymbolTable> table,
                                          MonoTime now);
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t files() const { return by_file_.size(); }

 private:
  struct Slot {
    FileId id;
    std::shared_ptr<const SymbolTable> table;
    MonoTime kept;
  };
  using Order = std::list<Slot>;  // most recently used first
  std::shared_ptr<const SymbolTable> shared(SymbolTable table);
  void drop(Order::iterator slot);

  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  Order order_;
  std::unordered_map<FileId, Order::iterator, FileIdHash> by_file_;
};

}  // namespace kernwise::symbols
