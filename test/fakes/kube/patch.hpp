// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "test/fakes/kube/json.hpp"

namespace kernwise::test {

/// RFC 7386.
void merge_patch(Json& target, const Json& patch);

/// The same with lists of containers, conditions, ports and the like merged by the key of their
/// elements, as Kubernetes does for its own types. Also what server-side apply does with its lists.
void strategic_merge(Json& target, const Json& patch);

/// RFC 6902 (add, replace, remove, test). The error of the first operation that fails.
[[nodiscard]] std::optional<std::string> json_patch(Json& target, const Json& operations);

/// By what the elements of the list `field` are told apart (`name`); empty = the list is one value.
[[nodiscard]] std::string_view merge_key(std::string_view field);

}  // namespace kernwise::test
