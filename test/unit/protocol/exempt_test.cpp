// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_all.hpp>

#include "extender/protocol/service.hpp"

namespace kernwise::protocol {
namespace {

TEST_CASE("service: of the system's own pods nothing is said", "[protocol]") {
  struct Row {
    const char* what;
    std::string pod;
    Effect effect;
  };
  const Row row = GENERATE(values<Row>({
      {"critical for a node", R"({"spec":{"priority":2000001000}})", Effect::exempt},
      {"critical for the cluster", R"({"spec":{"priority":2000000000}})", Effect::exempt},
      {"of a DaemonSet",
       R"({"metadata":{"ownerReferences":[{"kind":"DaemonSet","name":"logs","uid":"u"}]}})",
       Effect::exempt},
      {"a user's own, however important", R"({"spec":{"priority":1000000000}})", Effect::answered},
  }));
  CAPTURE(row.what);
  const placement::PriorBook profiles;
  const Cluster cluster{.nodes = std::make_shared<const placement::NodeTable>(
                            std::vector{placement::NodeRow{.name = "n1"}}),
                        .profiles = profiles};
  const std::string body = R"({"Pod":)" + row.pod + R"(,"Nodes":null,"NodeNames":["n1"]})";
  Service service;
  Outcome outcome;
  const bool silent = row.effect == Effect::exempt;
  CHECK((service.prioritize(body, cluster, outcome) == "[]") == silent);
  CHECK(outcome.effect == row.effect);
  CHECK((outcome.nodes == nullptr) == silent);  // there is nothing to work out again
  static_cast<void>(service.prioritize_relative(body, cluster, outcome));
  CHECK(outcome.effect == row.effect);
  // They are asked about like all others, and no node is lost.
  CHECK(service.filter(body, cluster, outcome).joined().find(R"("NodeNames":["n1"])") !=
        std::string::npos);
}

}  // namespace
}  // namespace kernwise::protocol
