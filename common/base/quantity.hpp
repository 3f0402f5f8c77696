// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "common/base/result.hpp"

namespace kernwise {

/// Largest quantity Kubernetes keeps; larger ones are capped there, as it does.
inline constexpr double kMaxQuantity = 9223372036854775807.0;

/// A Kubernetes resource quantity as a plain number (`250m` = 0.25, `1Gi` = 1073741824, `1e3`,
/// `128974848`). Suffixes: n u m none k M G T P E, Ki Mi Gi Ti Pi Ei, or a decimal exponent. Errors
/// (without a field name) for anything else, for negative amounts and beyond 64 characters.
[[nodiscard]] Result<double> parse_quantity(std::string_view text);

/// The same where an amount below zero is a quantity, too, as in Kubernetes' own grammar.
[[nodiscard]] Result<double> parse_signed_quantity(std::string_view text);

}  // namespace kernwise
