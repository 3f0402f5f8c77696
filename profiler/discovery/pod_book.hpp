// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/report/report.hpp"
#include "profiler/discovery/pod_list.hpp"
#include "profiler/discovery/recent.hpp"

namespace kernwise::discovery {

/// The pods of this node by the uid that their cgroups have, from the kubelet or the API server.
/// A pod that is deleted keeps its name for two minutes: its last window is still to be reported.
class PodBook {
 public:
  static constexpr std::chrono::minutes kKeepDeleted{2};
  static constexpr std::chrono::seconds kLateStatus{30};
  static constexpr std::size_t kMaxPods = 4096;
  /// The container name of what holds a pod's namespaces and does nothing.
  static constexpr std::string_view kSandbox = "POD";

  /// All pods there are now.
  void replace(std::vector<PodRecord> pods, MonoTime now);
  void put(PodRecord pod, MonoTime now);
  void remove(const std::string& uid, MonoTime now);

  /// The name of a container. A container of a known pod that its status does not list has no name
  /// of its own at first, since statuses lag, and is the pod's sandbox after 30 s.
  [[nodiscard]] std::optional<report::Name> find(const report::NameRequest& cgroup, MonoTime now);
  /// Labels of the pod whose cgroups have that uid; nullptr when it is not known.
  [[nodiscard]] const Labels* labels_of(const std::string& cgroup_uid) const;
  [[nodiscard]] std::size_t size() const { return pods_.size(); }

 private:
  struct Entry {
    PodRecord pod;
    std::optional<MonoTime> deleted;
  };
  [[nodiscard]] static const std::string& cgroup_uid(const PodRecord& pod);
  void forget(MonoTime now);

  std::map<std::string, Entry, std::less<>> pods_;  ///< by the uid of the cgroup
  Recent<MonoTime> unlisted_{kMaxPods};             ///< container id: since when it is not listed
};

}  // namespace kernwise::discovery
