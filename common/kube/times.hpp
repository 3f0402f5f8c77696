// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "common/base/clock.hpp"

namespace kernwise::kube {

/// RFC 3339, with any fraction and offset, as Kubernetes writes its times; nothing for
/// anything else.
[[nodiscard]] std::optional<WallTime> parse_time(std::string_view text);

}  // namespace kernwise::kube
