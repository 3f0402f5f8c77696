// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kernwise {

/// A part of some other text that stands before byte `at` of this one.
struct Quote {
  std::size_t at = 0;
  std::string_view text;
};

/// A text with parts of another in it that nobody copies: an answer that gives back most of a
/// request would else need the memory of both.
struct Quoted {
  std::string text;
  std::vector<Quote> quotes = {};  ///< in their order; the other text must outlive them

  /// The whole, copied.
  [[nodiscard]] std::string joined() const;
};

}  // namespace kernwise
