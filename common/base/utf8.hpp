// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace kernwise {

/// True when `text` is well-formed UTF-8 (no overlong forms, no surrogates, at most U+10FFFF).
[[nodiscard]] bool is_valid_utf8(std::string_view text);

/// `text` made safe to show: broken bytes become U+FFFD; C0 and C1 controls and bidirectional
/// overrides are removed; at most `max_bytes` bytes, cut between characters.
[[nodiscard]] std::string printable(std::string_view text, std::size_t max_bytes = 4096);

}  // namespace kernwise
