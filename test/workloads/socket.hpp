// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "common/base/fd.hpp"

/// Non-blocking TCP on 127.0.0.1. A failure at start ends the program with a message.
namespace workload {

/// Listens on `port` (0 = free one) and prints `port N`, which is how a parent learns it.
[[nodiscard]] kernwise::Fd listen_and_announce(std::uint16_t port);

/// The next waiting connection; invalid when there is none.
[[nodiscard]] kernwise::Fd accept_from(int listener);

/// A connection to `port`; established when this returns. Invalid when refused.
[[nodiscard]] kernwise::Fd connect_to(std::uint16_t port);

}  // namespace workload
