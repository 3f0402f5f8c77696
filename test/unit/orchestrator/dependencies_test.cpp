// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>

#include <catch2/catch_all.hpp>

#include "orchestrator/dependencies/components.hpp"
#include "orchestrator/dependencies/graph.hpp"
#include "orchestrator/dependencies/root.hpp"

namespace kernwise::dependencies {
namespace {

Party party(std::string workload, std::string node, std::uint32_t netns,
            std::vector<std::uint16_t> ports, std::vector<Call> calls) {
  return {.workload = std::move(workload),
          .node = std::move(node),
          .netns = netns,
          .weight = 1,
          .listening_ports = std::move(ports),
          .calls = std::move(calls)};
}

Edge edge(std::string from, std::string to, double blocked) {
  return {.from = std::move(from),
          .to = std::move(to),
          .address = "10.0.0.1:80",
          .blocked = blocked,
          .share = blocked};
}

TEST_CASE("edges: a loopback peer is whoever listens in the same namespace", "[dependencies]") {
  const std::vector<Party> parties{
      party("a", "n1", 7, {}, {{"127.0.0.1", 80, 0.5, 2.0}}), party("b", "n1", 7, {80}, {}),
      party("elsewhere", "n1", 8, {80}, {}),   // another network namespace
      party("other-node", "n2", 7, {80}, {}),  // another machine
  };
  const auto edges = edges_of(parties);
  REQUIRE(edges.size() == 1);
  CHECK(edges[0] ==
        Edge{.from = "a", .to = "b", .address = "127.0.0.1:80", .blocked = 0.5, .share = 2.0});
}

TEST_CASE("edges: other peers are found by the addresses that are known", "[dependencies]") {
  std::vector<Party> parties{
      party("a", "n1", 7, {}, {{"10.0.0.2", 80, 0.4, 1}, {"10.9.9.9", 443, 0.3, 1}}),
      party("b", "n2", 9, {80}, {}),
  };
  parties[1].addresses = {"10.0.0.2"};
  const auto edges = edges_of(parties);
  REQUIRE(edges.size() == 2);
  CHECK(edges[0].to == "b");
  CHECK(edges[1].to.empty());
  CHECK(edges[1].address == "10.9.9.9:443");
}

TEST_CASE("edges: two workloads at one endpoint are nobody", "[dependencies]") {
  const std::vector<Party> parties{
      party("a", "n1", 7, {}, {{"127.0.0.1", 80, 0.5, 1}}),
      party("b", "n1", 7, {80}, {}),
      party("c", "n1", 7, {80}, {}),
  };
  REQUIRE(edges_of(parties).size() == 1);
  CHECK(edges_of(parties)[0].to.empty());
}

TEST_CASE("edges: two replicas at one endpoint are their workload", "[dependencies]") {
  const std::vector<Party> parties{
      party("a", "n1", 7, {}, {{"::1", 80, 0.5, 1}}),
      party("b", "n1", 7, {80}, {}),
      party("b", "n1", 7, {80}, {}),
  };
  CHECK(edges_of(parties)[0].to == "b");
  CHECK(edges_of(parties)[0].address == "[::1]:80");
}

TEST_CASE("edges: calls within a workload are not a dependency", "[dependencies]") {
  const std::vector<Party> parties{party("a", "n1", 7, {80}, {{"127.0.0.1", 80, 0.9, 1}})};
  CHECK(edges_of(parties).empty());
}

TEST_CASE("edges: blocked is the mean over the callers, weighted by what they do",
          "[dependencies]") {
  std::vector<Party> parties{
      party("a", "n1", 7, {}, {{"127.0.0.1", 80, 0.8, 1}}),
      party("a", "n1", 7, {}, {}),
      party("b", "n1", 7, {80}, {}),
  };
  parties[0].weight = 3;  // (3 x .8 + 1 x 0) / 4 = .6
  CHECK(edges_of(parties)[0].blocked == Catch::Approx(0.6).margin(1e-5));
}

TEST_CASE("loopback: by address", "[dependencies]") {
  const auto [address, expected] = GENERATE(table<const char*, bool>({
      {"127.0.0.1", true},
      {"127.8.9.1", true},
      {"::1", true},
      {"::ffff:127.0.0.1", true},
      {"128.0.0.1", false},
      {"10.127.0.1", false},
      {"", false},
  }));
  CAPTURE(address);
  CHECK(is_loopback(address) == expected);
}

TEST_CASE("root: the end of the chain that is saturated", "[dependencies]") {
  struct Row {
    const char* name;
    std::vector<Edge> edges;
    Saturation saturation;
    std::string root;  ///< empty = none
  };
  const Row row = GENERATE(values<Row>({
      {"direct", {edge("a", "b", .8)}, {{"b", 1}}, "b"},                       // .8 x 1
      {"deepest", {edge("a", "b", .8), edge("b", "c", .8)}, {{"c", 1}}, "c"},  // .64
      {"too little", {edge("a", "b", .2)}, {{"b", 1}}, ""},                    // .2 < .25
      {"not saturated", {edge("a", "b", .8)}, {{"b", .5}}, ""},
      {"outside", {edge("a", "", .9)}, {}, ""},
      {"a victim is not the root",  // b is saturated too, but waits .6 for saturated c
       {edge("a", "b", .8), edge("b", "c", .6)},
       {{"b", .7}, {"c", 1}},
       "c"},
      {"the larger part", {edge("a", "b", .3), edge("a", "c", .6)}, {{"b", 1}, {"c", 1}}, "c"},
      {"a circle is its most saturated member",
       {edge("a", "b", .8), edge("b", "c", .5), edge("c", "b", .5)},
       {{"c", .9}},
       "c"},
      {"a diamond adds up",  // .5 x .5 twice = .5 for d
       {edge("a", "b", .5), edge("a", "c", .5), edge("b", "d", .5), edge("c", "d", .5)},
       {{"d", 1}},
       "d"},
      {"nobody known", {}, {}, ""},
  }));
  CAPTURE(row.name);
  const auto root = root_of("a", row.edges, row.saturation);
  CHECK((root ? root->workload : "") == row.root);
  if (root) {
    CHECK(root->path.front() == "a");
    CHECK(root->path.back() == root->workload);
  }
}

TEST_CASE("root: the path shows every step", "[dependencies]") {
  const std::vector<Edge> edges{edge("a", "b", .9), edge("b", "c", .9), edge("c", "d", .9)};
  const auto root = root_of("a", edges, {{"d", 1}});
  REQUIRE(root);
  CHECK(root->path == std::vector<std::string>{"a", "b", "c", "d"});
  CHECK(root->blame == Catch::Approx(.9 * .9 * .9));
}

TEST_CASE("components: a chain of 100,000 does not exhaust the stack", "[dependencies]") {
  Adjacency chain(100'000);
  for (std::size_t vertex = 0; vertex + 1 < chain.size(); ++vertex) chain[vertex] = {vertex + 1};
  const auto components = components_of(chain);
  CHECK(components.front() == chain.size() - 1);
  CHECK(components.back() == 0);
}

TEST_CASE("components: the same exactly when each reaches the other", "[dependencies]") {
  REQUIRE(rc::check("against reachability", [] {
    const auto size = *rc::gen::inRange<std::size_t>(1, 8);
    Adjacency graph(size);
    std::vector<std::vector<bool>> reach(size, std::vector<bool>(size));
    for (std::size_t from = 0; from < size; ++from) {
      reach[from][from] = true;
      graph[from] =
          *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, size));
      for (const std::size_t to : graph[from]) reach[from][to] = true;
    }
    for (std::size_t via = 0; via < size; ++via)
      for (std::size_t from = 0; from < size; ++from)
        for (std::size_t to = 0; to < size; ++to)
          if (reach[from][via] && reach[via][to]) reach[from][to] = true;
    const auto components = components_of(graph);
    for (std::size_t from = 0; from < size; ++from) {
      for (std::size_t to = 0; to < size; ++to) {
        RC_ASSERT((components[from] == components[to]) == (reach[from][to] && reach[to][from]));
        if (reach[from][to]) RC_ASSERT(components[from] >= components[to]);
      }
    }
  }));
}

TEST_CASE("root: total and bounded on any graph", "[dependencies]") {
  REQUIRE(rc::check("blame and path", [] {
    std::vector<Edge> edges;
    Saturation saturation;
    const auto name = [] { return *rc::gen::element<std::string>("a", "b", "c", "d", ""); };
    for (int left = *rc::gen::inRange(0, 12); left > 0; --left) {
      std::string from = name();
      if (from.empty()) from = "a";
      edges.push_back(edge(from, name(), *rc::gen::inRange(0, 150) / 100.0));
    }
    for (const char* known : {"a", "b", "c", "d"}) {
      saturation[known] = *rc::gen::inRange(0, 100) / 100.0;
    }
    const auto root = root_of("a", edges, saturation);
    if (!root) return;
    RC_ASSERT(saturation[root->workload] >= 0.6);
    RC_ASSERT(root->blame >= 0.25);
    RC_ASSERT(root->blame <= 1.0 + 1e-9);
    RC_ASSERT(root->path.front() == "a");
    RC_ASSERT(root->path.back() == root->workload);
  }));
}

}  // namespace
}  // namespace kernwise::dependencies
