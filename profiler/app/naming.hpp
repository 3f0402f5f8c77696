// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/report/report.hpp"
#include "profiler/app/containers.hpp"
#include "profiler/discovery/filter.hpp"
#include "profiler/discovery/names.hpp"
#include "profiler/discovery/pod_book.hpp"

namespace kernwise::profiler {

/// What a container is called and whether it is reported by itself.
class Naming {
 public:
  Naming(discovery::Filter filter, std::string pods_file)
      : filter_(std::move(filter)), pods_file_(std::move(pods_file)) {}

  /// Re-reads the pods file when it changed. Errors: the file; its last good content stays.
  [[nodiscard]] Result<> refresh();
  void learn(const report::Reply& reply, MonoTime now) { book_.learn(reply.names, now); }
  /// The known name; for cgroups that are no pods the one their path gives.
  [[nodiscard]] report::Name name_of(const TrackedContainer& container, MonoTime now);
  /// By the filter, and the sandbox of a pod, which does nothing.
  [[nodiscard]] bool excluded(const report::Container& container) const;
  /// Pods of the kubelet or the API server; they name containers before anything else does.
  [[nodiscard]] discovery::PodBook& pods() { return pods_; }
  /// What to ask the orchestrator in this report.
  [[nodiscard]] std::vector<report::NameRequest> wanted(const report::Report& report, MonoTime now);

 private:
  discovery::NameBook book_;
  discovery::PodBook pods_;
  discovery::Filter filter_;
  std::string pods_file_;
};

}  // namespace kernwise::profiler
