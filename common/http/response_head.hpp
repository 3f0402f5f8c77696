// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/http/message.hpp"

namespace kernwise::http {

enum class Keep : std::uint8_t {
  open,      ///< HTTP/1.1: nothing to say
  open_1_0,  ///< HTTP/1.0: said aloud
  closed
};

/// Appends status line and headers up to the empty line, always with Content-Length (Go's
/// kube-scheduler loses the connection over anything else). Headers that would break a line, and
/// those the server sets itself, are left out.
void append_response_head(std::string& out, const Response& response, std::size_t body_bytes,
                          Keep keep);

/// False for the statuses that never have a body (1xx, 204, 304).
[[nodiscard]] bool may_have_body(int status);

}  // namespace kernwise::http
