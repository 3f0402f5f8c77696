// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "profiler/app/reporter.hpp"
#include "test/support/scenario.hpp"

namespace kernwise::test {

/// A whole reporter over the programs of a Watch and the cgroups of this machine.
class Reporting {
 public:
  explicit Reporting(Watch& watch);
  [[nodiscard]] profiler::Reporter& reporter() { return *reporter_; }
  [[nodiscard]] const kernel::CgroupTree& tree() const { return tree_; }
  /// Closes a window and returns that container's part of its report.
  [[nodiscard]] report::Container row_of(const Cgroup& cgroup);

 private:
  kernel::CgroupTree tree_;
  symbols::Resolver symbols_;
  std::unique_ptr<profiler::Reporter> reporter_;
};

/// What a map holds and has refused; throws when there is none of that name.
[[nodiscard]] sense::MapUse use_of(Watch& watch, std::string_view map);

/// Bytes of the heap that are in use, whatever the allocator keeps besides.
[[nodiscard]] std::size_t heap_bytes();

}  // namespace kernwise::test
