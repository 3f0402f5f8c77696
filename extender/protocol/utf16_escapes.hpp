// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace kernwise::protocol {

/// Byte offset of the first `\uD800`..`\uDFFF` escape that is not part of a pair. simdjson 3.0.1
/// turns a lone low half into bytes that are not UTF-8. `json` must be valid JSON otherwise, so
/// that every backslash begins an escape sequence.
[[nodiscard]] std::optional<std::size_t> lone_surrogate(std::string_view json);

}  // namespace kernwise::protocol
