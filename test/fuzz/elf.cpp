// SPDX-License-Identifier: Apache-2.0
// A program file of somebody else's container, as the parser process reads it: headers, both symbol
// tables, Go's function table, the packed symbols.
#include "profiler/symbols/elf_file.hpp"

#include <algorithm>
#include <vector>

#include "profiler/symbols/debug_data.hpp"
#include "profiler/symbols/elf_functions.hpp"
#include "profiler/symbols/go_functions.hpp"
#include "test/fuzz/fuzz.hpp"

namespace kernwise::fuzz {
namespace {

using namespace symbols;

void check(const Functions& functions, const std::vector<std::uint64_t>& addresses) {
  must(functions.size() == addresses.size(), "an answer for each address");
  for (std::size_t i = 0; i < functions.size(); ++i) {
    must(functions[i].symbol.size() <= kMaxSymbolBytes, "names are bounded");
    must(functions[i].begin <= addresses[i] && addresses[i] < functions[i].end,
         "an answer holds where it was asked");
  }
}

std::vector<std::uint64_t> addresses_of(const ElfLayout& layout) {
  std::vector<std::uint64_t> addresses{0, 0x1000, 0x400000, 0x401000, kNoLimit - 1};
  for (const auto& segment : layout.segments) {
    addresses.push_back(segment.address);
    addresses.push_back(segment.address + segment.file_size / 2);
  }
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  std::erase(addresses, kNoLimit);
  return addresses;
}

void read_file(const ByteSource& file, bool packed_ones) {
  const auto layout = read_layout(file);
  if (!layout) return;
  const auto addresses = addresses_of(*layout);
  for (const auto& section : {layout->symtab, layout->dynsym}) {
    if (section.present()) {
      check(find_elf_functions(file, layout->is_64bit, section, addresses), addresses);
    }
  }
  if (const auto go = find_go_functions(file, *layout, addresses)) check(*go, addresses);
  if (!packed_ones || !layout->debug_data.present()) return;
  if (const auto inner = unpack_debug_data(file, layout->debug_data)) {
    read_file(ByteSource::memory(*inner), false);
  }
}

}  // namespace

void read(std::string_view input) {
  read_file(ByteSource::memory(input), true);
}

}  // namespace kernwise::fuzz
