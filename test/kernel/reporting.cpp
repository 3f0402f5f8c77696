// SPDX-License-Identifier: Apache-2.0
#include "test/kernel/reporting.hpp"

#include <stdexcept>

#ifdef __SANITIZE_ADDRESS__
// Of <sanitizer/allocator_interface.h>, which not every compiler package brings.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the sanitizer's name
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#else
#include <malloc.h>
#endif

namespace kernwise::test {

Reporting::Reporting(Watch& watch) : tree_(*kernel::CgroupTree::open()) {
  profiler::ReporterSources sources;
  sources.counters = &watch.reader();
  sources.cgroups = &tree_;
  sources.symbols = &symbols_;
  sources.name_of = [](const profiler::TrackedContainer&) { return report::Name{}; };
  reporter_ = std::make_unique<profiler::Reporter>(profiler::ReporterOptions(), std::move(sources));
  if (auto begun = reporter_->begin(); !begun) throw std::runtime_error(begun.error().message());
}

report::Container Reporting::row_of(const Cgroup& cgroup) {
  auto report = reporter_->close_window();
  if (!report) throw std::runtime_error(report.error().message());
  for (auto& container : report->containers) {
    if (container.cgroup_id == cgroup.id()) return std::move(container);
  }
  throw std::runtime_error("no such container in the report: " + cgroup.path());
}

sense::MapUse use_of(Watch& watch, std::string_view map) {
  for (const auto& use : watch.reader().map_use()) {
    if (use.name == map) return use;
  }
  throw std::runtime_error("no map " + std::string(map));
}

std::size_t heap_bytes() {
#ifdef __SANITIZE_ADDRESS__
  return __sanitizer_get_current_allocated_bytes();
#else
  return ::mallinfo2().uordblks;
#endif
}

}  // namespace kernwise::test
