// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/module_book.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace kernwise::symbols {
namespace {

// A module with its places in the list and both maps; a range in its tree; a name in the pool.
constexpr std::size_t kModuleBytes = sizeof(Module) + 256;
constexpr std::size_t kRangeBytes = 96;
constexpr std::size_t kNameBytes = 192;
constexpr std::size_t kWantedBytes = 48;

}  // namespace

NamePool::Name NamePool::share(std::string_view name) {
  const auto found = names_->find(name);
  if (found != names_->end()) {
    if (auto held = found->second.lock()) return held;
  }
  *bytes_ += kNameBytes + (2 * name.size());
  // The last holder takes the entry along, also when the pool is gone by then.
  const auto forget = [names = names_, bytes = bytes_](const std::string* text) {
    *bytes -= kNameBytes + (2 * text->size());
    if (const auto entry = names->find(*text); entry != names->end() && entry->second.expired()) {
      names->erase(entry);
    }
    delete text;  // NOLINT(cppcoreguidelines-owning-memory): the deleter of what is made below
  };
  const Name held(new std::string(name), forget);
  names_->insert_or_assign(std::string(name), held);
  return held;
}

const Module::Known* Module::find(std::uint64_t address) const {
  auto after = known.upper_bound(address);
  if (after == known.begin()) return nullptr;
  --after;
  return address < after->second.end ? &after->second : nullptr;
}

Module& ModuleBook::open(const FileId& file, FileKind kind) {
  if (auto* known = find(file)) return *known;
  order_.emplace_front();
  Module& module = order_.front();
  module.id = next_id_++;
  module.kind = kind;
  module.file = file;
  by_file_[file] = order_.begin();
  by_id_[module.id] = order_.begin();
  bytes_ += kModuleBytes;
  trim();
  return module;
}

Module* ModuleBook::find(std::uint32_t id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &*found->second;
}

Module* ModuleBook::find(const FileId& file) {
  const auto found = by_file_.find(file);
  if (found == by_file_.end()) return nullptr;
  order_.splice(order_.begin(), order_, found->second);
  return &order_.front();
}

void ModuleBook::want(Module& module, std::uint64_t address) {
  if (module.wanted.size() >= kMaxWanted || module.find(address) != nullptr) return;
  if (module.wanted.insert(address).second) bytes_ += kWantedBytes;
}

void ModuleBook::give_up(Module& module) {
  bytes_ -= module.wanted.size() * kWantedBytes;
  module.wanted.clear();
  module.facts_wanted = false;
}

void ModuleBook::keep(Module& module, const Question& question, const Answer& answer) {
  module.go = answer.go;
  module.build_id = answer.build_id;
  for (const auto& function : answer.functions) learn(module, function);
  for (const auto address : question.addresses) {
    bytes_ -= module.wanted.erase(address) * kWantedBytes;
  }
  module.facts_wanted = false;
  trim();
}

/// What was known before stays: a new range only takes the room between.
void ModuleBook::learn(Module& module, const Function& function) {
  if (module.known.size() >= kMaxKnown) {
    bytes_ -= module.known.size() * kRangeBytes;
    module.known.clear();
  }
  auto begin = function.begin;
  auto end = function.end;
  const auto after = module.known.upper_bound(begin);
  if (after != module.known.begin()) begin = std::max(begin, std::prev(after)->second.end);
  if (after != module.known.end()) end = std::min(end, after->first);
  if (begin >= end) return;
  auto name = function.known() ? names_.share(function.symbol) : nullptr;
  if (module.known.emplace(begin, Module::Known{end, std::move(name)}).second) {
    bytes_ += kRangeBytes;
  }
}

void ModuleBook::trim() {
  while ((bytes() > max_bytes_ || order_.size() > kMaxModules) && order_.size() > 1) {
    drop(std::prev(order_.end()));
  }
}

void ModuleBook::drop(Order::iterator module) {
  give_up(*module);
  bytes_ -= kModuleBytes + (module->known.size() * kRangeBytes);
  by_file_.erase(module->file);
  by_id_.erase(module->id);
  order_.erase(module);
}

}  // namespace kernwise::symbols
