// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/kube/objects.hpp"
#include "orchestrator/view/name_book.hpp"

namespace kernwise::cluster {

/// `"true"` there: no decisions about it.
inline constexpr const char* kIgnore = "kernwise.io/ignore";

/// A pod as the book keeps it. `owner` is `Kind/name`. A pod that is over has no address any more,
/// since another may have got it.
[[nodiscard]] view::NamedPod named_pod(const kube::Pod& pod, std::string owner);

}  // namespace kernwise::cluster
