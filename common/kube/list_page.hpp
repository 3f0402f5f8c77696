// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace kernwise::kube {

/// What a list says about itself.
struct ListHead {
  std::string version;
  std::string more;  ///< where it goes on; empty = this is all
};

/// Cuts a list into its items without reading all of it at once: a page is large, an item is not.
/// `item` gets the text of each, which may be anything. Errors: not the text of an object with
/// items and a resourceVersion; then `item` may have been called all the same.
[[nodiscard]] Result<ListHead> split_list(std::string_view text,
                                          const std::function<void(std::string_view)>& item);

}  // namespace kernwise::kube
