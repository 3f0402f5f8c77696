// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/json.hpp"

/// What people read.
namespace kernwise::cli {

using Row = std::vector<std::string>;

/// Rows in columns two spaces apart, as wide as their widest cell; nothing hangs over at the end of
/// a line.
[[nodiscard]] std::string columns(const std::vector<Row>& rows);

/// The value at a dotted path as text: strings as they are, numbers with at most three decimals,
/// lists joined by commas; `-` for what is not there.
[[nodiscard]] std::string text_at(const json::Value& value, std::string_view path);

/// The value at a dotted path, or nullptr.
[[nodiscard]] const json::Value* at(const json::Value& value, std::string_view path);

}  // namespace kernwise::cli
