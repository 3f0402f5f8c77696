// SPDX-License-Identifier: Apache-2.0
// What libFuzzer calls.
#include <cstddef>
#include <cstdint>

#include "test/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  kernwise::fuzz::read({reinterpret_cast<const char*>(data), size});
  return 0;
}
