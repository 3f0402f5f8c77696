// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/pod_moves.hpp"

#include <catch2/catch_all.hpp>

#include "test/unit/orchestrator/objects.hpp"

namespace kernwise::cluster {
namespace {

using Kind = PodMove::Kind;
using Pod = std::shared_ptr<const kube::Pod>;

Pod pod(const std::string& node, const std::string& phase = "Running", bool deleting = false,
        const std::string& uid = "u1") {
  auto some = test::pod("web-1", node, "");
  some.meta.uid = uid;
  some.meta.deleting = deleting;
  some.phase = phase;
  return std::make_shared<const kube::Pod>(std::move(some));
}

TEST_CASE("pod moves: what is a move and what is not", "[cluster]") {
  struct Row {
    const char* name;
    Pod before, after;
    std::vector<Kind> moves;
  };
  const Row row = GENERATE(values<Row>({
      {"created", nullptr, pod("", "Pending"), {}},
      {"bound", pod("", "Pending"), pod("n1", "Pending"), {Kind::bound}},
      {"bound before it was first seen", nullptr, pod("n1"), {}},
      {"started", pod("n1", "Pending"), pod("n1"), {}},
      {"deleted while it waits for a node", pod("", "Pending"), nullptr, {}},
      {"bound while it is deleted", pod("", "Pending"), pod("n1", "Pending", true), {}},
      {"begins to leave", pod("n1"), pod("n1", "Running", true), {Kind::leaves}},
      {"goes on leaving", pod("n1", "Running", true), pod("n1", "Running", true), {}},
      {"gone", pod("n1", "Running", true), nullptr, {Kind::gone}},
      {"ended", pod("n1"), pod("n1", "Succeeded"), {Kind::gone}},
      {"gone after it ended", pod("n1", "Failed"), nullptr, {}},
      {"replaced by another of its name", pod("n1"), pod("", "Pending", false, "u2"), {Kind::gone}},
  }));
  CAPTURE(row.name);
  PodMoves moves;
  moves.pod(row.before, row.after);
  std::vector<Kind> kinds;
  for (const PodMove& move : moves.take()) {
    kinds.push_back(move.kind);
    CHECK(move.pod.uid == "u1");
    CHECK(move.pod.node_name == "n1");
  }
  CHECK(kinds == row.moves);
  CHECK(moves.take().empty());
}

TEST_CASE("pod moves: no more are kept than allowed", "[cluster]") {
  PodMoves moves;
  for (std::size_t i = 0; i < PodMoves::kMost + 10; ++i) moves.pod(pod(""), pod("n1"));
  CHECK(moves.take().size() == PodMoves::kMost);
}

TEST_CASE("facts_of: a pod as the scheduler would describe it", "[cluster]") {
  auto some = test::pod("web-1", "n1", "10.0.0.1");
  some.scheduler = "kernwise-scheduler";
  some.priority = 4'000'000'000;
  some.meta.labels = {{"app", "web"}};
  some.meta.annotations = {{"kernwise.io/ignore", "true"}, {"kubernetes.io/config.hash", "h"}};
  some.meta.controller = test::owner("apps/v1", "ReplicaSet", "web-7d4b");
  some.containers = {test::container_state("a", "1"), test::container_state("b", "2")};
  some.containers[0].cpu_request = .5;
  some.containers[0].cpu_limit = 1;
  some.containers[0].memory_request = 64e6;
  some.containers[1].cpu_request = .25;
  some.containers[1].memory_request = 32e6;
  some.containers[1].memory_limit = 128e6;
  const auto facts = facts_of(some);
  CHECK(facts.name == "web-1");
  CHECK(facts.pod_namespace == "shop");
  CHECK(facts.node_name == "n1");
  CHECK(facts.label("app") == "web");
  CHECK(facts.annotations.size() == 1);
  CHECK(facts.priority == std::numeric_limits<std::int32_t>::max());
  CHECK(facts.controller()->name == "web-7d4b");
  CHECK(facts.requests.cores == .75);
  CHECK(facts.limits.cores == 1);
  CHECK(facts.requests.memory_bytes == 96e6);
  CHECK(facts.limits.memory_bytes == 128e6);
  CHECK(facts.images == std::vector<std::string>{"a:1", "b:1"});
}

TEST_CASE("facts_of: a pod asks for the same here as at the scheduler's door", "[cluster]") {
  using Role = kube::ContainerState::Role;
  auto some = test::pod("web-1", "n1", "10.0.0.1");
  some.containers.clear();
  for (const auto& [name, role, cores] :
       {std::tuple("app", Role::main, 1.0), std::tuple("mesh", Role::sidecar, 2.0),
        std::tuple("setup", Role::init, 3.0), std::tuple("debug", Role::ephemeral, 9.0)}) {
    auto container = test::container_state(name, name);
    container.role = role;
    container.cpu_request = cores;
    some.containers.push_back(container);
  }
  some.cpu_overhead = 0.25;
  const auto facts = facts_of(some);
  CHECK(facts.requests.cores == 5.25);  // max(1 + 2, 2 + 3) + .25
  CHECK(facts.images.size() == 1);
}

}  // namespace
}  // namespace kernwise::cluster
