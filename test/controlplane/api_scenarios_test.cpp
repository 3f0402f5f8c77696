// SPDX-License-Identifier: Apache-2.0
// The same requests to a real API server and to our fake one: a client must not see a difference,
// or tests on the fake prove nothing.
#include <cstdlib>
#include <fstream>

#include "test/controlplane/require.hpp"
#include "test/fakes/kube/scenario/scenarios.hpp"

namespace kernwise::test {
namespace {

constexpr std::string_view kMinor = "1.36.";  // what the fake imitates

/// Where KERNWISE_RECORD_TRACE names a file, the trace goes there: the record of
/// test/contract/api_contract_test.cpp.
void record(const std::vector<std::string>& trace) {
  const char* path = std::getenv("KERNWISE_RECORD_TRACE");
  if (path == nullptr) return;
  std::ofstream file(path);
  for (const auto& line : trace) file << line << '\n';
}

}  // namespace

TEST_CASE("API scenarios: the real server and the fake one say the same", "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  auto cluster = Cluster::up({.controller_manager = false, .scheduler = false});
  require(cluster);
  const auto version = (*cluster)->programs().substr((*cluster)->programs().rfind('/') + 1);
  if (!version.starts_with(kMinor)) SKIP("the fake imitates 1.36, this is " + version);
  // Nobody else may write meanwhile, and what was before its start a server does not remember.
  require((*cluster)->stop("kwok"));
  require((*cluster)->stop("kube-apiserver"));
  require((*cluster)->start("kube-apiserver"));
  const auto real = play_scenarios({.port = (*cluster)->api_port(),
                                    .ca_file = (*cluster)->ca_file(),
                                    .token = (*cluster)->admin_token()});
  record(real);
  const auto found = differences(play_scenarios_on_fake(), real);
  INFO(found);
  CHECK(found.empty());
  CHECK(real.size() > 200);
}

}  // namespace kernwise::test
