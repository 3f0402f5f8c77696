// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/elf_symbols.hpp"

#include <elf.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <tuple>
#include <utility>

namespace kernwise::symbols {
namespace {

constexpr std::uint64_t kMaxSymbols = 4'000'000;  // of a file: 96 MB to read through
constexpr std::size_t kMaxSymbolBytes = 1024;     // of one name; longer ones are cut
constexpr std::size_t kPiece = 64UL * 1024;
// Functions may lie within others (hand-written assembly); this many starts are looked back at.
constexpr int kNested = 8;

/// Reads exactly `size` bytes; false on error or end of file.
bool read_exactly(int fd, void* to, std::size_t size, std::uint64_t offset) {
  auto* at = static_cast<char*>(to);
  while (size > 0) {
    const auto got = ::pread(fd, at, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    offset += static_cast<std::uint64_t>(got);
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

/// One function of a symbol section.
struct RawSymbol {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  std::uint32_t name = 0;  // offset in the section of names
  std::uint8_t rank = 0;   // global before weak before local
};

template <class Sym>
std::optional<RawSymbol> function_of(const Sym& symbol) {
  const auto type = symbol.st_info & 0xf;
  const auto binding = symbol.st_info >> 4;
  if (type != STT_FUNC && type != STT_GNU_IFUNC) return std::nullopt;
  if (symbol.st_shndx == SHN_UNDEF || symbol.st_value == 0 || symbol.st_name == 0) {
    return std::nullopt;
  }
  const std::uint8_t rank = binding == STB_GLOBAL ? 0 : binding == STB_WEAK ? 1 : 2;
  return RawSymbol{
      .address = symbol.st_value, .size = symbol.st_size, .name = symbol.st_name, .rank = rank};
}

/// Calls `each` for every function until it returns false. Reads in pieces of 64 KiB.
template <class Sym, class Each>
bool each_function_of(int fd, const SymbolSection& section, const Each& each) {
  std::vector<Sym> piece(kPiece / sizeof(Sym));
  std::uint64_t left = std::min(section.size / sizeof(Sym), kMaxSymbols);
  std::uint64_t offset = section.offset;
  while (left > 0) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, piece.size()));
    if (!read_exactly(fd, piece.data(), count * sizeof(Sym), offset)) return false;
    for (std::size_t i = 0; i < count; ++i) {
      if (const auto function = function_of(piece[i]); function && !each(*function)) return true;
    }
    left -= count;
    offset += count * sizeof(Sym);
  }
  return true;
}

template <class Each>
bool each_function(int fd, bool is_64bit, const SymbolSection& section, const Each& each) {
  return is_64bit ? each_function_of<Elf64_Sym>(fd, section, each)
                  : each_function_of<Elf32_Sym>(fd, section, each);
}

/// Names out of a string section through one buffer; cheap when asked in ascending order.
class NameReader {
 public:
  NameReader(int fd, const SymbolSection& section) : fd_(fd), section_(section) {}

  /// Empty when it lies outside or cannot be read.
  std::string_view at(std::uint64_t offset) {
    if (offset >= section_.names_size) return {};
    const auto wanted = std::min<std::uint64_t>(kMaxSymbolBytes, section_.names_size - offset);
    if (offset < begin_ || offset + wanted > begin_ + buffer_.size()) {
      buffer_.resize(std::min<std::uint64_t>(kPiece, section_.names_size - offset));
      begin_ = offset;
      if (!read_exactly(fd_, buffer_.data(), buffer_.size(), section_.names_offset + offset)) {
        buffer_.clear();
        return {};
      }
    }
    const auto text = std::string_view(buffer_).substr(offset - begin_, wanted);
    return text.substr(0, text.find('\0'));
  }

 private:
  int fd_;
  SymbolSection section_;
  std::uint64_t begin_ = 0;
  std::string buffer_;
};

bool has_functions(int fd, bool is_64bit, const SymbolSection& section) {
  bool any = false;
  each_function(fd, is_64bit, section, [&](const RawSymbol&) {
    any = true;
    return false;
  });
  return any;
}

std::size_t leading_underscores(std::string_view name) {
  return std::min(name.find_first_not_of('_'), name.size());
}

}  // namespace

/// A function while the table is being built.
struct SymbolTable::Found {
  RawSymbol raw;
  std::uint32_t name = 0;  // in names_
};

Result<SymbolTable> SymbolTable::read(int fd, std::size_t max_bytes) {
  auto layout = read_layout(fd);
  if (!layout) return layout.error();
  SymbolTable table;
  table.layout_ = std::move(*layout);
  const bool is_64bit = table.layout_.is_64bit;
  const bool full = has_functions(fd, is_64bit, table.layout_.symtab);
  table.section_ = full ? table.layout_.symtab : table.layout_.dynsym;

  std::vector<RawSymbol> raw;
  const std::size_t most = max_bytes / sizeof(Found);
  if (!each_function(fd, is_64bit, table.section_, [&](const RawSymbol& function) {
        table.too_large_ = raw.size() >= most;
        if (!table.too_large_) raw.push_back(function);
        return !table.too_large_;
      })) {
    return invalid("ELF file: symbols end early");
  }
  std::sort(raw.begin(), raw.end(),
            [](const RawSymbol& a, const RawSymbol& b) { return a.name < b.name; });
  NameReader names(fd, table.section_);
  std::vector<Found> found;
  for (const auto& function : raw) {
    const auto name = names.at(function.name);
    if (name.empty()) continue;
    table.too_large_ |= table.names_.size() + name.size() + 1 > max_bytes;
    if (table.too_large_) break;
    found.push_back({function, static_cast<std::uint32_t>(table.names_.size())});
    table.names_ += name;
    table.names_ += '\0';
  }
  table.sort_and_merge(found);
  return table;
}

/// One symbol for each address: of aliases the global one, with the least underscores in front.
void SymbolTable::sort_and_merge(std::vector<Found>& found) {
  if (too_large_) {
    names_ = {};
    return;
  }
  const auto order = [&](const Found& f) {
    const std::string_view name(names_.c_str() + f.name);
    return std::make_tuple(f.raw.address, f.raw.size == 0, f.raw.rank, leading_underscores(name),
                           name);
  };
  std::sort(found.begin(), found.end(),
            [&](const Found& a, const Found& b) { return order(a) < order(b); });
  for (const auto& f : found) {
    if (!symbols_.empty() && symbols_.back().address == f.raw.address) continue;
    const auto size =
        std::min<std::uint64_t>(f.raw.size, std::numeric_limits<std::uint32_t>::max());
    symbols_.push_back({f.raw.address, static_cast<std::uint32_t>(size), f.name});
  }
  symbols_.shrink_to_fit();
  names_.shrink_to_fit();
}

std::optional<std::uint64_t> SymbolTable::address_of(std::uint64_t file_offset) const {
  for (const auto& segment : layout_.segments) {
    if (file_offset >= segment.offset && file_offset - segment.offset < segment.file_size) {
      return file_offset - segment.offset + segment.address;
    }
  }
  return std::nullopt;
}

std::string_view SymbolTable::find(std::uint64_t address) const {
  const auto after =
      std::upper_bound(symbols_.begin(), symbols_.end(), address,
                       [](std::uint64_t a, const Symbol& symbol) { return a < symbol.address; });
  // A function with a size that holds the address is right, even when a label without one lies
  // closer.
  auto at = after;
  for (int i = 0; i < kNested && at != symbols_.begin(); ++i) {
    --at;
    if (address - at->address < at->size) return names_.c_str() + at->name;
  }
  const bool open_ended = after != symbols_.begin() && std::prev(after)->size == 0;
  if (open_ended) return names_.c_str() + std::prev(after)->name;
  return {};
}

std::optional<SymbolTable::Function> SymbolTable::find_in_file(int fd,
                                                               std::uint64_t address) const {
  std::optional<RawSymbol> sized;  // the last that starts before and holds the address
  std::optional<RawSymbol> open;   // the last without a size that starts before
  std::uint64_t last_start = 0;
  each_function(fd, layout_.is_64bit, section_, [&](const RawSymbol& function) {
    if (function.address > address) return true;
    last_start = std::max(last_start, function.address);
    auto& best = function.size == 0 ? open : sized;
    const bool holds = function.size == 0 || address - function.address < function.size;
    if (holds && (!best || best->address <= function.address)) best = function;
    return true;
  });
  if (!sized && open && open->address != last_start) open.reset();
  const auto& best = sized ? sized : open;
  if (!best) return std::nullopt;
  return Function{.begin = best->address,
                  .end = sized ? best->address + best->size : address + 1,
                  .symbol = std::string(NameReader(fd, section_).at(best->name))};
}

std::size_t SymbolTable::bytes() const {
  return sizeof(*this) + (symbols_.capacity() * sizeof(Symbol)) + names_.capacity() +
         (layout_.segments.capacity() * sizeof(Segment)) + layout_.build_id.capacity();
}

bool SymbolTable::same_content(const SymbolTable& other) const {
  const auto same_segments = [](const Segment& a, const Segment& b) {
    return a.offset == b.offset && a.file_size == b.file_size && a.address == b.address;
  };
  return build_id() == other.build_id() && layout_.go == other.layout_.go && !too_large_ &&
         !other.too_large_ &&
         std::equal(layout_.segments.begin(), layout_.segments.end(),
                    other.layout_.segments.begin(), other.layout_.segments.end(), same_segments) &&
         symbols_ == other.symbols_ && names_ == other.names_;
}

}  // namespace kernwise::symbols
