// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace kernwise::protocol {

/// Byte offset of the first escape that JSON does not know (`\x`, `\u12`), or that is half of a
/// surrogate pair (`\uD800` alone), of which no UTF-8 can be made. Backslashes stand within strings
/// only: one elsewhere is taken for an escape, too.
[[nodiscard]] std::optional<std::size_t> broken_escape(std::string_view json);

}  // namespace kernwise::protocol
