// SPDX-License-Identifier: Apache-2.0
#include "test/unit/orchestrator/token_bench.hpp"

namespace kernwise::ingest {

TEST_CASE("identity: the node is the token's and nobody else's word", "[ingest]") {
  const IdentityRules rules{.user = kUser};
  struct Row {
    const char* name;
    kube::TokenVerdict said;
    Access access;
    std::string node;
  };
  const std::vector<Row> rows{
      {"node claim", good(), Access::granted, "n1"},
      {"not authenticated", changed([](auto& said) { said.authenticated = false; }),
       Access::unauthenticated, ""},
      {"no audience", changed([](auto& said) { said.audiences = {}; }), Access::unauthenticated,
       ""},
      {"another audience", changed([](auto& said) { said.audiences = {"vault"}; }),
       Access::unauthenticated, ""},
      {"another account",
       changed([](auto& said) { said.user = "system:serviceaccount:kernwise-profiler:default"; }),
       Access::forbidden, ""},
      {"a node's own name", changed([](auto& said) { said.user = "system:node:n1"; }),
       Access::forbidden, ""},
      {"no claim", changed([](auto& said) { said.extra = {}; }), Access::forbidden, ""},
      {"two nodes", changed([](auto& said) { said.extra[kNode] = {"n1", "n2"}; }),
       Access::forbidden, ""},
      {"no node name", changed([](auto& said) { said.extra[kNode] = {"N/1"}; }), Access::forbidden,
       ""},
      {"pod (below 1.30)", changed([](auto& said) { said.extra = {{kPod, {"pod-on-n2"}}}; }),
       Access::granted, "n2"},
      {"unknown pod", changed([](auto& said) { said.extra = {{kPod, {"other"}}}; }),
       Access::forbidden, ""},
      {"a claim that says nothing is not made good by the pod",
       changed([](auto& said) { said.extra = {{kNode, {}}, {kPod, {"pod-on-n2"}}}; }),
       Access::forbidden, ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Standing verdict = judge(row.said, rules, node_of_pod);
    CHECK(verdict.access == row.access);
    CHECK(verdict.node == row.node);
    CHECK(verdict.reason.empty() == (row.access == Access::granted));
  }
  CHECK(
      judge(changed([](auto& said) { said.extra = {{kPod, {"pod-on-n2"}}}; }), rules, {}).access ==
      Access::forbidden);
}

TEST_CASE("identity: a service account is written NAMESPACE:NAME", "[ingest]") {
  CHECK(user_of("kernwise-profiler:kernwise-profiler").value() == kUser);
  for (const char* bad : {"", "a", ":a", "a:", "a:b:c", "A:b", "system:serviceaccount:a:b"}) {
    CAPTURE(bad);
    CHECK_FALSE(user_of(bad));
  }
}

TEST_CASE("recent map: the one not used for longest makes room", "[ingest]") {
  RecentMap<int, int> map(2);
  map.put(1, 10);
  map.put(2, 20);
  CHECK(*map.find(1) == 10);
  map.put(3, 30);
  CHECK(map.find(2) == nullptr);
  CHECK(*map.find(1) == 10);
  CHECK(map.size() == 2);
  map.erase(1);
  CHECK(map.find(1) == nullptr);
}

}  // namespace kernwise::ingest
