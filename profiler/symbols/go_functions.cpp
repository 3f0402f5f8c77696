// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/go_functions.hpp"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

namespace kernwise::symbols {
namespace {

// internal/abi/symtab.go: one for each form of the table.
constexpr std::uint32_t kMagic12 = 0xfffffffb;
constexpr std::uint32_t kMagic116 = 0xfffffffa;
constexpr std::uint32_t kMagic118 = 0xfffffff0;
constexpr std::uint32_t kMagic120 = 0xfffffff1;

constexpr std::uint64_t kMaxFunctions = 2'000'000;
constexpr std::uint64_t kMaxTable = 512UL * 1024 * 1024;
// runtime.moduledata.text: behind the header's pointer, six slices, findfunctab, minpc and maxpc.
constexpr std::uint64_t kTextWord = 22;
constexpr std::uint64_t kMaxRelocations = 2'000'000;
constexpr std::size_t kPiece = 64UL * 1024;
constexpr std::uint64_t kMaxScan = 64UL * 1024 * 1024;
constexpr std::uint64_t kTableAlignment = 32;

bool is_header(const char* bytes) {
  std::uint32_t magic = 0;
  std::memcpy(&magic, bytes, sizeof(magic));
  const bool known =
      magic == kMagic12 || magic == kMagic116 || magic == kMagic118 || magic == kMagic120;
  const char quantum = bytes[6];
  const char pointer = bytes[7];
  return known && bytes[4] == 0 && bytes[5] == 0 &&
         (quantum == 1 || quantum == 2 || quantum == 4) && (pointer == 4 || pointer == 8);
}

/// Looks for the table's header in the loaded parts of a file without sections.
std::optional<Section> scan_for_table(const ByteSource& file, const ElfLayout& layout) {
  std::uint64_t scanned = 0;
  std::string piece(kPiece, '\0');
  for (const auto& segment : layout.segments) {
    if (segment.executable || segment.offset >= file.size()) continue;
    const auto size = std::min(segment.file_size, file.size() - segment.offset);
    for (std::uint64_t at = 0; at + 8 <= size && scanned < kMaxScan; at += kPiece) {
      const auto count = std::min<std::uint64_t>(kPiece, size - at);
      if (!file.read(piece.data(), count, segment.offset + at)) break;
      for (std::uint64_t i = 0; i + 8 <= count; i += kTableAlignment) {
        if (!is_header(piece.data() + i)) continue;
        return Section{.offset = segment.offset + at + i,
                       .size = size - at - i,
                       .address = segment.address + at + i};
      }
      scanned += count;
    }
  }
  return std::nullopt;
}

/// One pclntab, read word by word: every offset in it is the file's word only.
class GoTable {
 public:
  GoTable(const ByteSource& file, const ElfLayout& layout, Section section)
      : file_(file), layout_(layout), section_(section) {}

  Result<void> open() {
    std::array<char, 8> header{};
    if (section_.size > kMaxTable || !file_.read(header.data(), header.size(), section_.offset) ||
        !is_header(header.data())) {
      return invalid("Go function table: no known header");
    }
    std::memcpy(&magic_, header.data(), sizeof(magic_));
    pointer_ = static_cast<unsigned char>(header[7]);
    functions_ = header_word(0);
    if (functions_ == 0 || functions_ > kMaxFunctions) {
      return invalid("Go function table: number of functions");
    }
    if (magic_ == kMagic12) {
      entries_ = 8 + pointer_;
      field_ = pointer_;
    } else if (magic_ == kMagic116) {
      names_ = header_word(2);
      records_ = entries_ = header_word(6);
      field_ = pointer_;
    } else {
      names_ = header_word(3);
      records_ = entries_ = header_word(7);
      field_ = 4;
      text_ = text_start();
      if (text_ == 0) return invalid("Go function table: start of text not found");
    }
    const auto bytes = ((functions_ * 2) + 1) * field_;
    if (entries_ > section_.size || bytes > section_.size - entries_) {
      return invalid("Go function table: functions beyond its end");
    }
    return {};
  }

  [[nodiscard]] Function find(std::uint64_t address) const {
    if (address < start_of(0)) return {.begin = 0, .end = start_of(0), .symbol = {}};
    const auto end = start_of(functions_);
    if (address >= end) return {.begin = end, .end = kNoLimit, .symbol = {}};
    std::uint64_t low = 0, high = functions_;  // starts at or before it, and after it
    while (high - low > 1) {
      const auto middle = (low + high) / 2;
      (start_of(middle) <= address ? low : high) = middle;
    }
    const auto begin = start_of(low);
    const auto next = start_of(low + 1);
    if (address < begin || address >= next) {
      return {.begin = address, .end = address + 1, .symbol = {}};
    }
    return {.begin = begin, .end = next, .symbol = name_of(low)};
  }

 private:
  /// A number of `bytes` bytes inside the table; 0 outside.
  [[nodiscard]] std::uint64_t number(std::uint64_t at, std::uint64_t bytes) const {
    if (at > section_.size || bytes > section_.size - at) return 0;
    return bytes == 4 ? file_.value<std::uint32_t>(section_.offset + at).value_or(0)
                      : file_.value<std::uint64_t>(section_.offset + at).value_or(0);
  }
  [[nodiscard]] std::uint64_t header_word(std::uint64_t index) const {
    return number(8 + (index * pointer_), pointer_);
  }
  [[nodiscard]] std::uint64_t start_of(std::uint64_t index) const {
    return text_ + number(entries_ + (index * 2 * field_), field_);
  }

  [[nodiscard]] std::string name_of(std::uint64_t index) const {
    const auto record = records_ + number(entries_ + (((index * 2) + 1) * field_), field_);
    const auto entry_bytes = magic_ == kMagic12 || magic_ == kMagic116 ? pointer_ : 4;
    const auto name = names_ + number(record + entry_bytes, 4);
    if (name >= section_.size) return {};
    return file_.text(section_.offset + name, section_.offset + section_.size, kMaxSymbolBytes);
  }

  [[nodiscard]] std::uint64_t text_start() const {
    // Go 1.26 leaves the word in the header empty and says so nowhere.
    constexpr std::uint64_t kHeaderWord = 2;
    if (const auto text = header_word(kHeaderWord)) return text;
    const auto in_header = section_.address + 8 + (kHeaderWord * pointer_);
    if (const auto text = relocated(in_header)) return text;
    if (!layout_.go_module.present()) return 0;
    const auto word = kTextWord * pointer_;
    const auto at = layout_.go_module.offset + word;
    const auto text = pointer_ == 4 ? file_.value<std::uint32_t>(at).value_or(0)
                                    : file_.value<std::uint64_t>(at).value_or(0);
    return text != 0 ? text : relocated(layout_.go_module.address + word);
  }

  /// What the loader will write to `address`: the addend of its relative relocation.
  [[nodiscard]] std::uint64_t relocated(std::uint64_t address) const {
    const auto& section = layout_.relocations;
    if (!section.present() || pointer_ != 8) return 0;
    std::vector<Elf64_Rela> piece(kPiece / sizeof(Elf64_Rela));
    auto left = std::min(section.size / sizeof(Elf64_Rela), kMaxRelocations);
    for (auto offset = section.offset; left > 0; offset += piece.size() * sizeof(Elf64_Rela)) {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, piece.size()));
      if (!file_.read(piece.data(), count * sizeof(Elf64_Rela), offset)) return 0;
      for (std::size_t i = 0; i < count; ++i) {
        if (piece[i].r_offset == address) return static_cast<std::uint64_t>(piece[i].r_addend);
      }
      left -= count;
    }
    return 0;
  }

  const ByteSource& file_;
  const ElfLayout& layout_;
  Section section_;
  std::uint32_t magic_ = 0;
  std::uint64_t pointer_ = 8, functions_ = 0, text_ = 0;
  std::uint64_t entries_ = 0, field_ = 4;  // pairs of start and place of the record
  std::uint64_t records_ = 0, names_ = 0;  // what those places and the names count from
};

}  // namespace

Result<Functions> find_go_functions(const ByteSource& file, const ElfLayout& layout,
                                    std::span<const std::uint64_t> addresses) {
  auto section = layout.pclntab;
  if (!section.present()) {
    const auto found = layout.sections ? std::nullopt : scan_for_table(file, layout);
    if (!found) return invalid("Go function table: none");
    section = *found;
  }
  GoTable table(file, layout, section);
  if (auto opened = table.open(); !opened) return opened.error();
  Functions functions;
  for (const auto address : addresses) functions.push_back(table.find(address));
  return functions;
}

}  // namespace kernwise::symbols
