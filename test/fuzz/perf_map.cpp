// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "profiler/symbols/text_maps.hpp"
#include "test/fuzz/fuzz.hpp"

namespace kernwise::fuzz {

void read(std::string_view input) {
  using namespace symbols;
  static const std::vector<std::uint64_t> addresses{0,           1, 0x10, 0x1000, 0x7f0000001000,
                                                    kNoLimit - 1};
  const auto functions = find_perf_map_functions(ByteSource::memory(input), addresses);
  must(functions.size() == addresses.size(), "an answer for each address");
  for (std::size_t i = 0; i < functions.size(); ++i) {
    must(functions[i].symbol.size() <= kMaxLine, "names are bounded");
    must(functions[i].begin <= addresses[i] && addresses[i] < functions[i].end,
         "an answer holds where it was asked");
  }
}

}  // namespace kernwise::fuzz
