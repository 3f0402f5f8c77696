// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "test/demo/cgroups.hpp"
#include "test/demo/process.hpp"

namespace kernwise::demo {

/// Where the programs and files of the demo are.
struct Places {
  std::string workloads;     ///< folder of svc-*, load-gen
  std::string profiler;      ///< the program
  std::string orchestrator;  ///< the program
  std::string recorded;      ///< folder of recorded reports
  std::string scratch;       ///< folder on a disk for what the demo writes; removed at the end
};

/// One sample service as a pod: a single container in a cgroup of its own.
struct Service {
  std::string name;         ///< of program, pod and Deployment
  std::string uid;          ///< of the pod, random
  std::string cgroup;       ///< full path
  std::string cpu_request;  ///< `250m`, or empty
};

/// The pods, each with its cgroup, before anything runs. Errors: as CgroupTree::add.
[[nodiscard]] Result<std::vector<Service>> make_services(CgroupTree& tree);

/// The pods as `--pods FILE` wants them.
[[nodiscard]] std::string pods_yaml(const std::vector<Service>& services);

/// Starts each service inside its cgroup and the load on svc-cpu and svc-chain outside of them,
/// adding to `started`, also on failure. Errors: the program that did not start, and why.
[[nodiscard]] Result<> start_services(const std::vector<Service>& services, const Places& places,
                                      std::vector<Process>& started);

}  // namespace kernwise::demo
