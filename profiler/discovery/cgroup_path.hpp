// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

/// cgroup path -> pod UID and container, for every layout of containerd, CRI-O, Docker and the
/// systemd and cgroupfs drivers, below any prefix (kind, --cgroup-root).
namespace kernwise::discovery {

enum class Qos { guaranteed, burstable, best_effort };

struct CgroupIdentity {
  std::string pod_uid;       ///< dashed form; static pods keep their 32 hex digits
  std::string container_id;  ///< 64 hex digits
  std::string
      runtime;  ///< `cri-containerd`, `crio`, `docker`, `libpod`; empty when the path does not say
  Qos qos = Qos::guaranteed;  ///< an absent element in the path means Guaranteed
  bool operator==(const CgroupIdentity&) const = default;
};

/// The container that `path` (below the cgroup2 root, leading slash or not) belongs to, also when
/// it is a cgroup nested inside the container. No value: not a container of a pod (the pod's own
/// cgroup, crio-conmon, system slices).
[[nodiscard]] std::optional<CgroupIdentity> parse_cgroup_path(std::string_view path);

/// The path of the container's own cgroup within `path`, without what is nested below it.
[[nodiscard]] std::optional<std::string_view> container_cgroup(std::string_view path);

/// Stand-alone names of a cgroup that is not a pod: `system.slice/ssh.service` is pod `ssh.service`
/// in namespace `system.slice`; a top-level cgroup `a` is pod `a` in namespace `/`.
struct PlainName {
  std::string pod_namespace;
  std::string pod;
};
[[nodiscard]] PlainName plain_name(std::string_view path);

}  // namespace kernwise::discovery
