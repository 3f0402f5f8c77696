// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "common/http/client.hpp"

namespace kernwise::http {

/// Refuses what would not be one well-formed request to `origin`; names the field.
[[nodiscard]] Result<> check_request(const Url& origin, const ClientRequest& request);

/// The prefix of the origin and the target; a target `/` adds nothing to a prefix.
[[nodiscard]] std::string full_target(const Url& origin, const std::string& target);

/// Value of the Host header: no port where it is the usual one, brackets around IPv6.
[[nodiscard]] std::string host_field(const Url& origin);

/// `doing` and where: what an error's context says.
[[nodiscard]] std::string step(const Url& origin, std::string_view doing);

}  // namespace kernwise::http
