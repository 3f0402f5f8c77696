// SPDX-License-Identifier: Apache-2.0
#include "test/controlplane/require.hpp"

#include <cstdlib>
#include <memory>
#include <string_view>

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

bool controlplane_required() {
  const char* required = std::getenv("KERNWISE_REQUIRE_CONTROLPLANE");
  return required != nullptr && std::string_view(required) == "1";
}

}  // namespace kernwise::test
