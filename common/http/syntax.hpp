// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The words HTTP is written in (RFC 9110 section 5), for both directions.
namespace kernwise::http {

/// One or more of the characters names and methods are made of.
[[nodiscard]] bool is_token(std::string_view text);

/// True for a field value that cannot end its line: no control character but tab.
[[nodiscard]] bool is_field_value(std::string_view text);

/// `/` and then visible ASCII without `#`, every `%` followed by two hex digits.
[[nodiscard]] bool is_origin_form(std::string_view target);

/// Characters of a host name, an address or a port; not empty.
[[nodiscard]] bool is_authority(std::string_view text);

/// Decimal digits only, not empty, below 2^64.
[[nodiscard]] std::optional<std::uint64_t> decimal(std::string_view text);

[[nodiscard]] std::string lower_case(std::string_view text);
[[nodiscard]] bool equal_ignoring_case(std::string_view left, std::string_view right);

/// Without the blanks and tabs around it.
[[nodiscard]] std::string_view trim(std::string_view text);

/// True when `token` is an element of the comma-separated `list`, in any case.
[[nodiscard]] bool list_has(std::string_view list, std::string_view token);

/// `%41` becomes `A`; a `%` without two hex digits stays as it is. Forms also write `+` for blank.
[[nodiscard]] std::string percent_decode(std::string_view text, bool plus_is_blank);

}  // namespace kernwise::http
