// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/report/report.hpp"
#include "ebpf/kernwise_stacks.h"
#include "profiler/symbols/resolver.hpp"

namespace kernwise::profiler {

/// Counts on-CPU samples by function and container. Places are found while the process still runs;
/// their names come when the window is told.
class FunctionCounts {
 public:
  static constexpr std::size_t kMaxPlaces =
      1024;  ///< per container and window; the rest is `[other]`

  explicit FunctionCounts(symbols::Resolver& resolver) : resolver_(resolver) {}

  void add(const kw_sample& sample);
  /// From now on a sample counts as that many.
  void weigh(std::uint32_t weight) { weight_ = weight; }
  /// The `top` functions of a container with most samples, and forgets the container's window.
  [[nodiscard]] std::vector<report::Function> take(std::uint32_t slot, std::size_t top);
  void clear() { by_slot_.clear(); }

 private:
  symbols::Resolver& resolver_;
  std::uint32_t weight_ = 1;
  struct Counts {
    std::map<symbols::Frame, std::uint64_t> samples;
    std::uint64_t kernel = 0, other = 0;
  };
  std::map<std::uint32_t, Counts> by_slot_;
};

}  // namespace kernwise::profiler
