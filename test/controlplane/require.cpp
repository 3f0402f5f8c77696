// SPDX-License-Identifier: Apache-2.0
#include "test/controlplane/require.hpp"

#include <poll.h>

#include <cstdlib>
#include <memory>
#include <string_view>

#include "common/base/clock.hpp"

namespace kernwise::test {

std::string controlplane_missing() {
  const auto programs = controlplane_programs();
  return programs ? std::string() : programs.error().message();
}

Cluster& shared_cluster(const ClusterOptions& options) {
  static std::unique_ptr<Cluster> shared;
  if (shared == nullptr) {
    auto cluster = Cluster::up(options);
    require(cluster);
    shared = std::move(*cluster);
  }
  return *shared;
}

bool eventually(std::chrono::seconds longest, const std::function<bool()>& holds) {
  constexpr int kAskAgainMs = 100;
  const auto until = Monotonic::now() + longest;
  while (!holds()) {
    if (Monotonic::now() >= until) return false;
    poll(nullptr, 0, kAskAgainMs);
  }
  return true;
}

bool controlplane_required() {
  const char* required = std::getenv("KERNWISE_REQUIRE_CONTROLPLANE");
  return required != nullptr && std::string_view(required) == "1";
}

}  // namespace kernwise::test
