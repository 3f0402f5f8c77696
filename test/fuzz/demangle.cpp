// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/demangle.hpp"

#include "test/fuzz/fuzz.hpp"

namespace kernwise::fuzz {

void read(std::string_view input) {
  const auto name = symbols::demangled(input);
  must(name.size() <= symbols::kMaxNameBytes, "a name is short enough to be shown");
  (void)symbols::without_parameters(input);
}

}  // namespace kernwise::fuzz
