// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>

#include "profiler/kernel/map_access.hpp"
#include "profiler/sense/detail.hpp"

namespace kernwise::kernel {

/// Counters of the collectors that not every profile loads. What is not loaded reads as zero.
class DetailReader {
 public:
  /// `programs` must outlive the reader. Errors: a map that is loaded cannot be mapped.
  [[nodiscard]] static Result<DetailReader> open(const Programs& programs);

  [[nodiscard]] std::map<std::uint32_t, sense::Detail> read(
      std::span<const std::uint32_t> slots) const;
  /// Makes slots empty before somebody else gets them.
  void clear(const std::set<std::uint32_t>& slots);

 private:
  Mapping net_, memory_, syscalls_;
  const bpf_map* disks_ = nullptr;
};

}  // namespace kernwise::kernel
