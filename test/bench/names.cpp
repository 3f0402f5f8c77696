// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "orchestrator/cluster/stores.hpp"

/// What names cost at 30,000 pods on 1,000 nodes, 3,000 Deployments with a Service each: the book
/// after one change (`pod_moves`, `replica_set_is_owned`), the lookups of one report, and
/// everything from nothing (`rebuild`), which is what each change would cost without the
/// incremental way.
namespace kernwise::cluster {
namespace {

constexpr int kPods = 30'000, kNodes = 1'000, kWorkloads = 3'000;

kube::Meta meta(const std::string& name) {
  kube::Meta meta;
  meta.name_space = "shop";
  meta.name = name;
  meta.uid = "0e7e8a6e-6ad1-4f3c-9d0a-" + name;
  return meta;
}

std::string address(int number) {
  return "10." + std::to_string(number / 65536) + "." + std::to_string(number / 256 % 256) + "." +
         std::to_string(number % 256);
}

kube::Pod pod(int number) {
  const std::string set = "cart-" + std::to_string(number % kWorkloads) + "-5f7d8c9b4";
  kube::Pod pod;
  pod.meta = meta(set + "-" + std::to_string(number));
  pod.meta.controller = kube::Owner{"apps/v1", "ReplicaSet", set, {}};
  pod.meta.labels = {{"app", "cart"}, {"tier", "web"}, {"pod-template-hash", "5f7d8c9b4"}};
  pod.node = "node-" + std::to_string(number % kNodes);
  pod.phase = "Running";
  pod.addresses = {address(number)};
  std::string id = std::to_string(number);
  id.insert(0, 64 - id.size(), '0');
  kube::ContainerState container;
  container.name = "app";
  container.image = "registry.example.org/shop/cart:1.17.3";
  container.id = id;
  pod.containers = {container};
  return pod;
}

kube::Controller replica_set(int number, const std::string& owner) {
  kube::Controller set;
  set.kind = "ReplicaSet";
  set.meta = meta("cart-" + std::to_string(number) + "-5f7d8c9b4");
  set.meta.controller = kube::Owner{"apps/v1", "Deployment", owner, {}};
  return set;
}

void fill_services(Stores& stores) {
  std::vector<kube::EndpointSlice> slices(kWorkloads);
  for (int i = 0; i < kPods; ++i) {
    kube::Endpoint endpoint;
    endpoint.pod_uid = pod(i).meta.uid;
    slices[static_cast<std::size_t>(i % kWorkloads)].endpoints.push_back(endpoint);
  }
  for (int i = 0; i < kWorkloads; ++i) {
    kube::Service service;
    service.meta = meta("cart-" + std::to_string(i));
    service.cluster_addresses = {address((1 << 22) + i)};
    service.ports = {80};
    auto& slice = slices[static_cast<std::size_t>(i)];
    slice.service = service.meta.name;
    slice.meta = meta(service.meta.name + "-x");
    stores.services.put(service);
    stores.endpoint_slices.put(slice);
  }
}

void fill(Stores& stores) {
  for (int i = 0; i < kPods; ++i) stores.pods.put(pod(i));
  for (int i = 0; i < kWorkloads; ++i) {
    stores.replica_sets.put(replica_set(i, "cart-" + std::to_string(i)));
  }
  fill_services(stores);
}

struct Filled {
  ClusterNames names;
  Stores stores{names};
  std::shared_ptr<const view::NameBook> book;
  Filled() {
    fill(stores);
    book = names.publish()->book;
  }
};

Filled& filled() {
  static Filled filled;
  return filled;
}

void pod_moves(benchmark::State& state) {
  Filled& cluster = filled();
  kube::Pod changed = pod(17);
  for (auto each : state) {
    changed.node = changed.node == "node-1" ? "node-2" : "node-1";
    cluster.stores.pods.put(changed);
    benchmark::DoNotOptimize(cluster.names.publish());
  }
}

void replica_set_is_owned(benchmark::State& state) {
  Filled& cluster = filled();
  bool other = false;
  for (auto each : state) {
    other = !other;
    cluster.stores.replica_sets.put(replica_set(17, other ? "other" : "cart-17"));
    benchmark::DoNotOptimize(cluster.names.publish());
  }
}

/// 30 containers with five peers each, as on one node.
void names_of_a_report(benchmark::State& state) {
  const view::NameBook& book = *filled().book;
  std::vector<std::string> uids, peers;
  for (int i = 0; i < 30; ++i) uids.push_back(pod(i * kNodes + 3).meta.uid);
  for (int i = 0; i < 150; ++i) peers.push_back(address((1 << 22) + i));
  for (auto each : state) {
    for (const std::string& uid : uids) benchmark::DoNotOptimize(book.find("node-3", uid));
    for (const std::string& peer : peers) benchmark::DoNotOptimize(book.workload_at(peer, 80));
  }
}

void rebuild(benchmark::State& state) {
  for (auto each : state) {
    Filled anew;
    benchmark::DoNotOptimize(anew.book);
  }
}

BENCHMARK(pod_moves)->Unit(benchmark::kMicrosecond);
BENCHMARK(replica_set_is_owned)->Unit(benchmark::kMicrosecond);
BENCHMARK(names_of_a_report)->Unit(benchmark::kMicrosecond);
BENCHMARK(rebuild)->Unit(benchmark::kMillisecond)->Iterations(3);

}  // namespace
}  // namespace kernwise::cluster

BENCHMARK_MAIN();
