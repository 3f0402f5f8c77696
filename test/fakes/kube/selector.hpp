// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "test/fakes/kube/json.hpp"

namespace kernwise::test {

/// A label or field selector in the words of a query.
class Selector {
 public:
  enum class Op { equals, differs, exists, absent, one_of, none_of };
  struct Requirement {
    std::string key;
    Op op = Op::equals;
    std::vector<std::string> values = {};
  };
  /// `a=b,c!=d,e,!f,g in (h,i),j notin (k)`; nullopt when it is none of these.
  [[nodiscard]] static std::optional<std::vector<Requirement>> parse(std::string_view text);

  std::string name_space;  ///< empty = all
  std::vector<Requirement> labels = {};
  std::vector<Requirement> fields = {};  ///< by path: `metadata.name`, `spec.nodeName`

  [[nodiscard]] bool matches(const Json& object) const;
};

}  // namespace kernwise::test
