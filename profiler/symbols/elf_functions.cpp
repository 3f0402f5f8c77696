// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/elf_functions.hpp"

#include <elf.h>

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

namespace kernwise::symbols {
namespace {

constexpr std::uint64_t kMaxSymbols = 2'000'000;  // of a file: 48 MB to read through
constexpr std::size_t kPiece = 64UL * 1024;
constexpr int kMaxAliases = 16;  // looked at for one address

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

template <class Sym, class Each>
void each_function_of(const ByteSource& file, const SymbolSection& section, const Each& each) {
  std::vector<Sym> piece(kPiece / sizeof(Sym));
  std::uint64_t left = std::min(section.size / sizeof(Sym), kMaxSymbols);
  std::uint64_t offset = section.offset;
  while (left > 0) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, piece.size()));
    if (!file.read(piece.data(), count * sizeof(Sym), offset)) return;
    for (std::size_t i = 0; i < count; ++i) {
      if (const auto function = function_of(piece[i])) each(*function);
    }
    left -= count;
    offset += count * sizeof(Sym);
  }
}

std::size_t leading_underscores(std::string_view name) {
  return std::min(name.find_first_not_of('_'), name.size());
}

/// Two readings: the first finds where each address' function starts, the second its best name.
class Search {
 public:
  Search(const ByteSource& file, bool is_64bit, const SymbolSection& section,
         std::span<const std::uint64_t> addresses)
      : file_(file),
        is_64bit_(is_64bit),
        section_(section),
        addresses_(addresses),
        any_(addresses),
        sized_(addresses),
        ends_(addresses),
        holds_(addresses.size()),
        names_(addresses.size()) {}

  Functions run() {
    each_function([this](const RawSymbol& function) { note_start(function); });
    any_.finish();
    sized_.finish();
    ends_.finish();
    Functions found;
    for (std::size_t i = 0; i < addresses_.size(); ++i) found.push_back(place(i));
    sort_wanted();
    each_function([this](const RawSymbol& function) { note_name(function); });
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (names_[i].best) found[i].symbol = names_[i].best->second;
    }
    return found;
  }

 private:
  using Order = std::tuple<bool, std::uint8_t, std::size_t>;
  struct Names {
    std::uint64_t start = 0;  // of the function that is wanted; 0 = none
    int seen = 0;
    std::optional<std::pair<Order, std::string>> best;
  };

  template <class Each>
  void each_function(const Each& each) const {
    if (is_64bit_) {
      each_function_of<Elf64_Sym>(file_, section_, each);
    } else {
      each_function_of<Elf32_Sym>(file_, section_, each);
    }
  }

  [[nodiscard]] std::size_t first_at_or_above(std::uint64_t address) const {
    return static_cast<std::size_t>(
        std::lower_bound(addresses_.begin(), addresses_.end(), address) - addresses_.begin());
  }

  void note_start(const RawSymbol& function) {
    const auto nothing = [] { return 0; };
    any_.add(function.address, nothing);
    if (function.size == 0) return;
    sized_.add(function.address, nothing);
    ends_.add(function.address + std::min(function.size, kNoLimit - function.address), nothing);
    for (auto i = first_at_or_above(function.address);
         i < addresses_.size() && addresses_[i] - function.address < function.size; ++i) {
      holds_[i] = std::max(holds_[i], function.address);
    }
  }

  /// Where the answer for address `i` begins and ends, and which start its name has. Between two
  /// borders (a function starts or ends) the answer is the same.
  Function place(std::size_t i) {
    const auto& last = any_.before(i);
    const auto& ended = ends_.before(i);
    Function function{.begin = std::max(last ? last->at : 0, ended ? ended->at : 0),
                      .end = std::min(any_.after(i), ends_.after(i))};
    const auto& sized = sized_.before(i);
    const bool open_ended = last && !(sized && sized->at == last->at);
    if (holds_[i] != 0) {
      names_[i].start = holds_[i];
    } else if (open_ended) {
      names_[i].start = last->at;
    }
    return function;
  }

  /// The addresses whose function starts at a place, by place.
  void sort_wanted() {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (names_[i].start != 0) wanted_.emplace_back(names_[i].start, i);
    }
    std::ranges::sort(wanted_);
  }

  void note_name(const RawSymbol& function) {
    auto wanted = std::ranges::lower_bound(wanted_, std::pair(function.address, std::size_t{0}));
    for (; wanted != wanted_.end() && wanted->first == function.address; ++wanted) {
      auto& names = names_[wanted->second];
      const auto inside = addresses_[wanted->second] - function.address;
      const bool holds = function.size == 0 || inside < function.size;
      if (!holds || names.seen++ >= kMaxAliases) continue;
      auto name = file_.text(section_.names_offset + function.name,
                             section_.names_offset + section_.names_size, kMaxSymbolBytes);
      if (name.empty()) continue;
      const Order order{function.size == 0, function.rank, leading_underscores(name)};
      auto candidate = std::pair(order, std::move(name));
      if (!names.best || candidate < *names.best) names.best = std::move(candidate);
    }
  }

  const ByteSource& file_;
  bool is_64bit_;
  SymbolSection section_;
  std::span<const std::uint64_t> addresses_;
  ClosestStarts<int> any_, sized_, ends_;
  std::vector<std::uint64_t> holds_;  // start of the innermost function with a size; 0 = none
  std::vector<Names> names_;
  std::vector<std::pair<std::uint64_t, std::size_t>> wanted_;
};

}  // namespace

Functions find_elf_functions(const ByteSource& file, bool is_64bit, const SymbolSection& section,
                             std::span<const std::uint64_t> addresses) {
  return Search(file, is_64bit, section, addresses).run();
}

}  // namespace kernwise::symbols
