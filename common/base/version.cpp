// SPDX-License-Identifier: Apache-2.0
#include "common/base/version.hpp"

namespace kernwise {

std::string_view version() {
  return KERNWISE_VERSION;
}

}  // namespace kernwise
