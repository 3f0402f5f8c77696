// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace kernwise::symbols {

inline constexpr std::size_t kMaxNameBytes = 512;  ///< of a function name as shown

/// A symbol as people write it. C++ loses return type and parameters (`ns::T::method`), Rust (the
/// legacy scheme and v0) its hashes; everything else (C, Go) stays as it is. Names above
/// `kMaxNameBytes` lose their template arguments, then their tail. Total: what cannot be demangled,
/// or would grow beyond reason, stays mangled.
[[nodiscard]] std::string demangled(std::string_view symbol);

/// An upper bound for the text that demangling `mangled` may write. 254 bytes are enough to ask for
/// 27 MB, each further pair of substitutions doubles it, and the library has no limit of its own.
[[nodiscard]] double demangled_size_bound(std::string_view mangled);

/// The same for Rust's v0 scheme, whose back references may double a name with every three letters.
[[nodiscard]] double rust_size_bound(std::string_view mangled);

/// `ns::T::method(int) const` -> `ns::T::method`, `void f<int>(int)` -> `f<int>`.
[[nodiscard]] std::string without_parameters(std::string_view function);

}  // namespace kernwise::symbols
