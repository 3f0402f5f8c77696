// SPDX-License-Identifier: Apache-2.0
// The fake API server against what a real one said to the same requests. The record is the trace of
// test/controlplane/api_scenarios_test.cpp, which compares it with a running kube-apiserver.
#include <catch2/catch_test_macros.hpp>
#include <fstream>

#include "test/fakes/kube/scenario/scenarios.hpp"

namespace kernwise::test {

TEST_CASE("fake API server: says what kube-apiserver 1.36 said to the same requests",
          "[contract][fakes]") {
  std::ifstream file(std::string(KERNWISE_RECORDED) + "/kube-apiserver-1.36.txt");
  std::vector<std::string> recorded;
  for (std::string line; std::getline(file, line);) recorded.push_back(line);
  REQUIRE(recorded.size() > 200);
  const auto found = differences(play_scenarios_on_fake(), recorded);
  INFO(found);
  CHECK(found.empty());
}

}  // namespace kernwise::test
