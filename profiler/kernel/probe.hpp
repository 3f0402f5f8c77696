// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace kernwise::kernel {

/// True when this kernel takes neither task storage nor atomic operations that return a value (both
/// before 5.12): then the objects built with KW_LEGACY run. Found by trying, not by version.
[[nodiscard]] bool needs_legacy_programs();

}  // namespace kernwise::kernel
