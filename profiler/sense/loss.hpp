// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "profiler/sense/window.hpp"

/// PURE. How much of what a container did the kernel side could not keep.
namespace kernwise::sense {

/// A part of something that was lost.
struct Loss {
  double part = 0;                   ///< 0..1 of all there was
  std::string_view of = "switches";  ///< what: the kind of which most was lost
};

/// Work of a container that is counted elsewhere.
struct Kept {
  std::uint64_t requests = 0;  ///< asked and answered in the window
  std::uint64_t cgroups = 0;   ///< that count for it now
  std::uint64_t refused = 0;   ///< of its own that found no room and live
};

/// The largest of these parts, each `lost / (lost + kept)`: failed updates of threads per switch;
/// of sockets, listening ports and peers per connection and request; of block requests per request;
/// of samples per sample; cgroups below it that count in the aggregate.
[[nodiscard]] Loss loss_between(const Reading& before, const Reading& now, const Kept& kept);

}  // namespace kernwise::sense
