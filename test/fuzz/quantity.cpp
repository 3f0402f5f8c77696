// SPDX-License-Identifier: Apache-2.0
#include "common/base/quantity.hpp"

#include <cmath>

#include "test/fuzz/fuzz.hpp"

namespace kernwise::fuzz {

void read(std::string_view input) {
  const auto amount = parse_quantity(input);
  const auto any = parse_signed_quantity(input);
  if (amount) {
    must(*amount >= 0 && *amount <= kMaxQuantity, "an amount keeps its range");
    must(any.has_value() && *any == *amount, "both readers agree");
  }
  if (any) must(std::abs(*any) <= kMaxQuantity, "an amount keeps its range");
}

}  // namespace kernwise::fuzz
