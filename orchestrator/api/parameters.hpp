// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/http/message.hpp"

/// Query parameters. Every error names its parameter.
namespace kernwise::api {

/// `limit`: 1 to `most`, `fallback` when absent.
[[nodiscard]] Result<std::size_t> limit_of(const http::Request& request, std::size_t fallback,
                                           std::size_t most);

/// `since`: `2026-11-22T11:38:00Z`, seconds since 1970, or a time ago (`30s`, `15m`, `2h`, `1d`);
/// no value when absent.
[[nodiscard]] Result<std::optional<WallTime>> since_of(const http::Request& request, WallTime now);
[[nodiscard]] Result<WallTime> parse_since(std::string_view text, WallTime now);

/// 400 that names the field a complaint begins with.
[[nodiscard]] http::Response bad_request(const Error& error);
/// 404 for a thing of that kind.
[[nodiscard]] http::Response not_found(std::string_view kind, std::string_view name);

}  // namespace kernwise::api
