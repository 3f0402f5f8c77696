// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "test/fakes/kube/reply.hpp"

namespace kernwise::test {

/// What is wrong with an object before it is stored: the rules a client of ours can break.
[[nodiscard]] std::vector<Cause> validate(const Resource& resource, const Json& object);

/// The fields that `fieldValidation=Strict` refuses, as `spec.leaseSeconds`. Only of types that
/// Kernwise writes; of all others nothing is known and nothing refused.
[[nodiscard]] std::vector<std::string> unknown_fields(const std::string& kind, const Json& object);

}  // namespace kernwise::test
