// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "common/base/json.hpp"
#include "common/base/result.hpp"
#include "common/kube/objects.hpp"

/// Objects of the API, from JSON. Whoever may create an object wrote its texts: they are made safe
/// to show and cut to 256 bytes, and every list is bounded. Missing parts are empty. Errors: no
/// name, or (where uids are used) no uid.
namespace kernwise::kube {

[[nodiscard]] Result<Pod> decode_pod(const json::Value& object);

/// What an item of a list, or an object of an event, has in common with all others.
[[nodiscard]] Meta decode_meta(const json::Value& object);
/// The string members of an object, at most 64.
[[nodiscard]] Labels decode_labels(const json::Value& object);

/// `250m`, `2`, `0.5`, `1e3`, `2Gi`, `100k` (apimachinery's Quantity), in units; at most 1e15.
[[nodiscard]] Result<double> parse_quantity(std::string_view text);

}  // namespace kernwise::kube
