// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/byte_scan.hpp"

#include <catch2/catch_all.hpp>
#include <string>

namespace kernwise::protocol {
namespace {

TEST_CASE("byte_scan: every byte at every place of every length", "[protocol]") {
  for (std::size_t length = 1; length <= 18; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      for (int value = 0; value < 256; ++value) {
        std::string text(length, 'a');
        text[at] = static_cast<char>(value);
        const bool control = value < 0x20 || value == 0x7f;
        const bool special = std::string_view("\"\\<>&").find(text[at]) != std::string_view::npos;
        const bool plain = value >= 0x20 && value < 0x80 && !special;
        CAPTURE(length, at, value);
        if (has_control(text) != control) FAIL("has_control");
        if (is_plain(text) != plain) FAIL("is_plain");
      }
    }
  }
  CHECK_FALSE(has_control(""));
  CHECK(is_plain(""));
}

}  // namespace
}  // namespace kernwise::protocol
