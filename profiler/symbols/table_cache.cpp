// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/table_cache.hpp"

#include <utility>

namespace kernwise::symbols {
namespace {

constexpr std::chrono::minutes kNegativeLife{10};
// A slot of the list and its place in the map.
constexpr std::size_t kSlotBytes = 192;

}  // namespace

std::optional<TableCache::Entry> TableCache::find(const FileId& id, MonoTime now) {
  const auto found = by_file_.find(id);
  if (found == by_file_.end()) return std::nullopt;
  const auto slot = found->second;
  if (!slot->table && now - slot->kept >= kNegativeLife) {
    drop(slot);
    return std::nullopt;
  }
  order_.splice(order_.begin(), order_, slot);
  return Entry{.table = slot->table};
}

std::shared_ptr<const SymbolTable> TableCache::shared(SymbolTable table) {
  if (!table.build_id().empty()) {
    for (const auto& slot : order_) {
      if (slot.table && slot.table->same_content(table)) return slot.table;
    }
  }
  bytes_ += table.bytes();
  return std::make_shared<const SymbolTable>(std::move(table));
}

std::shared_ptr<const SymbolTable> TableCache::keep(const FileId& id,
                                                    std::optional<SymbolTable> table,
                                                    MonoTime now) {
  if (const auto known = by_file_.find(id); known != by_file_.end()) drop(known->second);
  auto kept = table ? shared(std::move(*table)) : nullptr;
  order_.push_front({.id = id, .table = kept, .kept = now});
  by_file_[id] = order_.begin();
  bytes_ += kSlotBytes;
  while (bytes_ > max_bytes_ && order_.size() > 1) drop(std::prev(order_.end()));
  return kept;
}

void TableCache::drop(Order::iterator slot) {
  // The slots are the only owners between calls, so the last one takes the bytes along.
  if (slot->table && slot->table.use_count() == 1) bytes_ -= slot->table->bytes();
  bytes_ -= kSlotBytes;
  by_file_.erase(slot->id);
  order_.erase(slot);
}

}  // namespace kernwise::symbols
