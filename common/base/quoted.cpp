// SPDX-License-Identifier: Apache-2.0
#include "common/base/quoted.hpp"

namespace kernwise {

std::string Quoted::joined() const {
  std::string all;
  std::size_t copied = 0;
  for (const Quote& quote : quotes) {
    all.append(text, copied, quote.at - copied).append(quote.text);
    copied = quote.at;
  }
  return all.append(text, copied);
}

}  // namespace kernwise
