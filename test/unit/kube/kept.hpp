// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "common/kube/verbs.hpp"

namespace kernwise::kube {

/// Where a verb's result goes.
template <class T = void>
struct Kept {
  std::optional<Result<T>> result = {};
  Then<T> then() {
    return [this](Result<T> got) { result.emplace(std::move(got)); };
  }
  Result<T>& operator*() { return result.value(); }
};

/// One request as its bytes: method, target, body and its type.
inline std::string shown(const Request& request) {
  return request.method + " " + target_of(request) +
         (request.body.empty() ? "" : "\n" + request.content_type + "\n" + request.body);
}

}  // namespace kernwise::kube
