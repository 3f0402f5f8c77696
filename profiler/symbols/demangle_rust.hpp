// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Rust's two ways of writing names; private to demangle*.cpp.
namespace kernwise::symbols {

/// True of a name that ends in `::h` and 16 hex digits, as rustc's legacy scheme has it.
[[nodiscard]] bool has_rust_hash(std::string_view name);
/// Such a name without its hash and with `$LT$` and the like as what they mean.
[[nodiscard]] std::string rust_legacy_name(std::string_view demangled_text);
/// A symbol of the v0 scheme (`_R...`); nothing when it is none or would grow beyond reason.
[[nodiscard]] std::optional<std::string> rust_demangled(const std::string& symbol);

}  // namespace kernwise::symbols
