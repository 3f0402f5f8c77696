// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <string_view>

#include "common/base/result.hpp"

/// The only door through which YAML enters: written by people who run the program, so the aim is a
/// clear complaint, and that no file hangs us. For .cpp files whose room links yaml-cpp.
namespace kernwise::yaml {

struct Document {
  YAML::Node root;
};

/// One document of at most 1 MiB of UTF-8; a null node when there is none. Errors are
/// `line 3: what`. Aliases are shared, not copied: who walks the tree bounds the steps.
[[nodiscard]] Result<Document> parse(std::string_view text);

/// `what` at the line of `node`.
[[nodiscard]] Error complain(const YAML::Node& node, const std::string& what);

}  // namespace kernwise::yaml
