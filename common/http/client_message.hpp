// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "common/http/client.hpp"

/// Between our requests and responses and those of Beast; private to the client.
namespace kernwise::http {

using Message = boost::beast::http::request<boost::beast::http::string_body>;

[[nodiscard]] Message to_message(const Url& origin, ClientRequest request);
[[nodiscard]] Response to_response(
    boost::beast::http::response<boost::beast::http::string_body> message);

}  // namespace kernwise::http
