// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/resolver.hpp"

#include <algorithm>
#include <deque>
#include <utility>

#include "common/base/utf8.hpp"
#include "profiler/symbols/demangle.hpp"
#include "profiler/symbols/process_book.hpp"
#include "profiler/symbols/table_cache.hpp"

namespace kernwise::symbols {
namespace {

constexpr std::chrono::minutes kOpenAgain{10};
constexpr std::size_t kRemembered = 512;
// Headers, names and the call itself: what reading even an empty file costs.
constexpr double kReadFloor = 64.0 * 1024;

/// A token bucket of bytes: what the files of a container may make us read.
class ReadBudget {
 public:
  ReadBudget(double burst, double per_second, MonoTime now)
      : burst_(burst), per_second_(per_second), left_(burst), filled_(now) {}
  [[nodiscard]] bool any(MonoTime now) {
    left_ = std::min(burst_, left_ + (Seconds(now - filled_).count() * per_second_));
    filled_ = now;
    return left_ > 0;
  }
  void spend(std::uint64_t bytes) { left_ -= kReadFloor + static_cast<double>(bytes); }

 private:
  double burst_, per_second_, left_;
  MonoTime filled_;
};

std::string bracketed(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
  constexpr std::string_view kDeleted = " (deleted)";
  if (path.ends_with(kDeleted)) path.remove_suffix(kDeleted.size());
  return "[" + printable(path, kMaxNameBytes - 2) + "]";
}

std::string name_without_file(const Mapping& mapping) {
  if (mapping.path == "[vdso]" || mapping.path == "[vsyscall]") return mapping.path;
  return "[jit]";
}

}  // namespace

struct Resolver::State {
  explicit State(ResolverOptions from)
      : options(std::move(from)),
        // Processes take a quarter of the cache at most; the tables have the rest.
        processes(options.proc_root, options.cache_bytes / 4),
        tables(options.cache_bytes - (options.cache_bytes / 4)),
        budget(static_cast<double>(options.read_burst_bytes),
               static_cast<double>(options.read_bytes_per_second), options.now()) {}

  /// A function of a file whose table is too large to keep.
  struct Remembered {
    FileId file;
    SymbolTable::Function function;
  };

  std::shared_ptr<const SymbolTable> table_of(const Process& process, std::size_t index,
                                              Process::Backing& backing, MonoTime now);
  std::shared_ptr<const SymbolTable> read_table(OpenFile file, MonoTime now);
  std::string symbol_in(const SymbolTable& table, const Process& process, std::size_t index,
                        std::uint64_t address);
  std::string search_file(const SymbolTable& table, const Process& process, std::size_t index,
                          std::uint64_t address);
  bool program_is_go(const Process& process, MonoTime now);

  ResolverOptions options;
  ProcessBook processes;
  TableCache tables;
  ReadBudget budget;
  std::deque<Remembered> remembered;
  std::size_t remembered_bytes = 0;
};

std::shared_ptr<const SymbolTable> Resolver::State::table_of(const Process& process,
                                                             std::size_t index,
                                                             Process::Backing& backing,
                                                             MonoTime now) {
  if (backing.file) {
    if (const auto known = tables.find(*backing.file, now)) return known->table;
  }
  if (backing.failed && now - *backing.failed < kOpenAgain) return nullptr;
  auto file = open_mapping(process.folder, process.mappings[index], options.max_file_bytes);
  if (!file) {
    backing.failed = now;
    return nullptr;
  }
  backing.file = file->id;
  if (const auto known = tables.find(file->id, now)) return known->table;
  return read_table(std::move(*file), now);
}

std::shared_ptr<const SymbolTable> Resolver::State::read_table(OpenFile file, MonoTime now) {
  if (!budget.any(now)) return nullptr;
  auto table = SymbolTable::read(file.fd.value(), options.cache_bytes / 2);
  budget.spend(table ? table->section_bytes() : 0);
  return tables.keep(file.id, table ? std::optional(std::move(*table)) : std::nullopt, now);
}

std::string Resolver::State::symbol_in(const SymbolTable& table, const Process& process,
                                       std::size_t index, std::uint64_t address) {
  const auto& mapping = process.mappings[index];
  const auto at = table.address_of(address - mapping.start + mapping.offset);
  if (!at) return {};
  if (table.too_large()) return search_file(table, process, index, *at);
  return std::string(table.find(*at));
}

std::string Resolver::State::search_file(const SymbolTable& table, const Process& process,
                                         std::size_t index, std::uint64_t address) {
  const auto& id = process.backing[index].file;
  const auto known = std::find_if(remembered.begin(), remembered.end(), [&](const auto& r) {
    return r.file == *id && r.function.begin <= address && address < r.function.end;
  });
  if (known != remembered.end()) return known->function.symbol;
  if (!budget.any(options.now())) return {};
  const auto file = open_mapping(process.folder, process.mappings[index], options.max_file_bytes);
  if (!file || file->id != *id) return {};
  budget.spend(table.section_bytes());
  auto function = table.find_in_file(file->fd.value(), address);
  if (!function) return {};
  remembered.push_back({*id, std::move(*function)});
  remembered_bytes += sizeof(Remembered) + remembered.back().function.symbol.size();
  if (remembered.size() > kRemembered) {
    remembered_bytes -= sizeof(Remembered) + remembered.front().function.symbol.size();
    remembered.pop_front();
  }
  return remembered.back().function.symbol;
}

bool Resolver::State::program_is_go(const Process& process, MonoTime now) {
  const auto file = open_program(process.folder, options.max_file_bytes);
  if (!file) return false;
  if (const auto known = tables.find(file->id, now); known && known->table) {
    return known->table->is_go();
  }
  const auto layout = read_layout(file->fd.value());
  return layout && layout->go;
}

Resolver::Resolver(ResolverOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Resolver::~Resolver() = default;

std::string Resolver::function_at(std::uint32_t pid, std::uint64_t address) {
  constexpr const char* kUnknown = "[unknown]";
  const auto now = state_->options.now();
  const auto place = state_->processes.find(pid, address, now);
  if (!place) return kUnknown;
  Process& process = *place->process;
  const Mapping& mapping = process.mappings[place->mapping];
  if (mapping.inode == 0) return name_without_file(mapping);
  const auto table =
      state_->table_of(process, place->mapping, process.backing[place->mapping], now);
  const auto symbol =
      table ? state_->symbol_in(*table, process, place->mapping, address) : std::string();
  return symbol.empty() ? bracketed(mapping.path) : demangled(symbol);
}

bool Resolver::is_go(std::uint32_t pid) {
  const auto now = state_->options.now();
  Process* process = state_->processes.find(pid, now);
  if (process == nullptr) return false;
  if (!process->go) process->go = state_->program_is_go(*process, now);
  return *process->go;
}

void Resolver::forget(std::uint32_t pid) {
  state_->processes.forget(pid);
}

std::size_t Resolver::cached_bytes() const {
  return state_->tables.bytes() + state_->processes.bytes() + state_->remembered_bytes;
}

}  // namespace kernwise::symbols
