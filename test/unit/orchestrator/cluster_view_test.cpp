// SPDX-License-Identifier: Apache-2.0
// The view of reports whose names come from the cluster.
#include <catch2/catch_all.hpp>

#include "orchestrator/dependencies/graph.hpp"
#include "orchestrator/view/network.hpp"
#include "orchestrator/view/reducer.hpp"
#include "test/unit/orchestrator/objects.hpp"
#include "test/unit/orchestrator/reports.hpp"

namespace kernwise::view {
namespace {

using test::arrival;
using test::at;
using test::NamedCluster;
using test::report_of;

kube::Pod pod(const std::string& name, const std::string& node, const std::string& address) {
  auto pod = test::pod(name, node, address);
  pod.meta.controller = test::owner("apps/v1", "StatefulSet", name);
  return pod;
}

report::Container container(const std::string& pod) {
  return test::container("uid-" + pod, Verdict::steady, 1);
}

report::Container calling(const std::string& pod, const std::string& address, std::uint16_t port) {
  auto caller = container(pod);
  caller.shares[Share::network] = 1;
  caller.peers = {{.address = address, .port = port, .share = 1}};
  return caller;
}

const Pod& only_pod(const Snapshot& snapshot, const std::string& node) {
  REQUIRE(snapshot.nodes.at(node)->pods.size() == 1);
  return snapshot.nodes.at(node)->pods[0];
}

TEST_CASE("cluster view: a node that reports another node's pod does not become it", "[view]") {
  NamedCluster cluster;
  cluster.pods.put(pod("cart", "n1", "10.1.0.1"));
  Reducer reducer;
  reducer.rename(cluster.publish()->book);
  auto liar = test::named(container("cart"), "shop", "cart", "StatefulSet/cart");
  static_cast<void>(reducer.accept(report_of("n1", 1, {container("cart")}), arrival(0)));
  static_cast<void>(reducer.accept(report_of("n2", 1, {liar}), arrival(0)));
  const auto snapshot = reducer.snapshot(at(0), {});
  CHECK(only_pod(*snapshot, "n1").workload == "shop/StatefulSet/cart");
  CHECK(only_pod(*snapshot, "n1").addresses == std::vector<std::string>{"10.1.0.1"});
  CHECK(only_pod(*snapshot, "n2").workload == "/Pod/uid-cart");
  CHECK(workloads_of(*snapshot, at(0)).at("shop/StatefulSet/cart").pods.size() == 1);
}

TEST_CASE("cluster view: only the nodes that are named get other names", "[view]") {
  NamedCluster cluster;
  cluster.pods.put(pod("a", "n1", ""));
  cluster.pods.put(pod("b", "n2", ""));
  Reducer reducer;
  reducer.rename(cluster.publish()->book);
  static_cast<void>(reducer.accept(report_of("n1", 1, {container("a")}), arrival(0)));
  static_cast<void>(reducer.accept(report_of("n2", 1, {container("b")}), arrival(0)));
  const auto before = reducer.snapshot(at(0), {});
  auto renamed = pod("a", "n1", "");
  renamed.meta.controller = test::owner("apps/v1", "DaemonSet", "other");
  cluster.pods.put(renamed);
  const auto update = cluster.publish();
  reducer.rename(update->book, update->nodes);
  const auto after = reducer.snapshot(at(0), {});
  CHECK(only_pod(*after, "n1").workload == "shop/DaemonSet/other");
  CHECK(after->nodes.at("n2") == before->nodes.at("n2"));
  CHECK(after->number > before->number);
}

TEST_CASE("cluster view: who is behind an address", "[view]") {
  const auto [address, port, callee] = GENERATE(table<std::string, std::uint16_t, std::string>({
      {"10.96.0.1", 80, "shop/StatefulSet/db"},  // its service
      {"10.1.0.2", 5432, "shop/StatefulSet/db"},
      {"192.168.0.2", 9100, "shop/StatefulSet/agent"},  // on its node's network, by the port
      {"192.168.0.2", 9999, ""},
      {"8.8.8.8", 53, ""},
  }));
  CAPTURE(address, port);
  NamedCluster cluster;
  auto agent = pod("agent", "n2", "192.168.0.2");
  agent.host_network = true;
  for (const auto& each : {pod("cart", "n1", "10.1.0.1"), pod("db", "n2", "10.1.0.2"), agent}) {
    cluster.pods.put(each);
  }
  cluster.services.put(test::service("db", "10.96.0.1", 80));
  cluster.endpoint_slices.put(test::slice("db-1", "db", {"uid-db"}));
  Reducer reducer;
  reducer.rename(cluster.publish()->book);
  auto listening = container("agent");
  listening.listening_ports = {9100};
  static_cast<void>(
      reducer.accept(report_of("n1", 1, {calling("cart", address, port)}), arrival(0)));
  static_cast<void>(reducer.accept(report_of("n2", 1, {container("db"), listening}), arrival(0)));
  const auto edges = dependencies::edges_of(parties_of(*reducer.snapshot(at(0), {}), at(0)));
  REQUIRE(edges.size() == 1);
  CHECK(edges[0].from == "shop/StatefulSet/cart");
  CHECK(edges[0].to == callee);
}

TEST_CASE("cluster view: requests add up over containers, and one without a limit has none",
          "[view]") {
  const auto [second_limit, limit] = GENERATE(table<std::optional<double>, std::optional<double>>({
      {1.5, 2.5},
      {std::nullopt, std::nullopt},
  }));
  NamedCluster cluster;
  auto two = pod("two", "n1", "");
  two.containers = {test::container_state("a", std::string(64, 'a')),
                    test::container_state("b", std::string(64, 'b'))};
  two.containers[0].cpu_request = .5;
  two.containers[0].cpu_limit = 1;
  two.containers[1].cpu_request = .25;
  two.containers[1].cpu_limit = second_limit;
  cluster.pods.put(two);
  Reducer reducer;
  reducer.rename(cluster.publish()->book);
  auto a = container("two"), b = container("two");
  a.container_id = std::string(64, 'a');
  b.container_id = std::string(64, 'b');
  static_cast<void>(reducer.accept(report_of("n1", 1, {a, b}), arrival(0)));
  const auto snapshot = reducer.snapshot(at(0), {});
  CHECK(only_pod(*snapshot, "n1").request == std::optional(.75));
  CHECK(only_pod(*snapshot, "n1").limit == limit);
}

TEST_CASE("cluster view: an ignored pod is seen and not decided about", "[view]") {
  NamedCluster cluster;
  auto quiet = pod("quiet", "n1", "");
  quiet.meta.annotations["kernwise.io/ignore"] = "true";
  cluster.pods.put(quiet);
  Reducer reducer;
  reducer.rename(cluster.publish()->book);
  static_cast<void>(reducer.accept(report_of("n1", 1, {container("quiet")}), arrival(0)));
  const auto snapshot = reducer.snapshot(at(0), {});
  CHECK(only_pod(*snapshot, "n1").name == "quiet");
  CHECK(workloads_of(*snapshot, at(0)).empty());
}

}  // namespace
}  // namespace kernwise::view
