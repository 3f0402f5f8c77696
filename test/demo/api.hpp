// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/base/json.hpp"
#include "common/http/client.hpp"

namespace kernwise::demo {

/// `host:port` -> where to send requests. Errors: it is not an address.
[[nodiscard]] Result<http::Url> origin_of(const std::string& endpoint);

/// The JSON that `target` answers with. Errors: no connection, another status than 200 (with what
/// the server said), or no JSON.
[[nodiscard]] Result<json::Value> get_json(const http::Url& server, const std::string& target);
[[nodiscard]] Result<json::Value> post_json(const http::Url& server, const std::string& target,
                                            const std::string& body);

}  // namespace kernwise::demo
