// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "common/http/gate.hpp"
#include "common/http/message.hpp"

namespace kernwise::http {

/// Fills everything of `request` but body and peer from a header block that passed the gate. False
/// when Beast reads it differently from the gate, or the path holds control characters or `..`.
[[nodiscard]] bool read_request_head(std::string_view block, const Head& head, Request& request);

}  // namespace kernwise::http
