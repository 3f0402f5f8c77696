// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <map>

#include "orchestrator/cluster/named_pod.hpp"
#include "test/unit/orchestrator/objects.hpp"

namespace kernwise::cluster {
namespace {

using test::NamedCluster;

/// Draws from so few names that objects meet.
struct Draw {
  static int up_to(int most) { return *rc::gen::inRange(0, most + 1); }
  static bool coin() { return *rc::gen::arbitrary<bool>(); }
  static std::string name(const char* kind, int most) { return kind + std::to_string(up_to(most)); }
};

void maybe_ignore(kube::Meta& meta) {
  if (Draw::up_to(3) == 0) meta.annotations[kIgnore] = Draw::coin() ? "true" : "false";
}

kube::Pod any_pod() {
  auto pod = test::pod(Draw::name("pod", 5), Draw::name("n", 2), "10.1.0." + Draw::name("", 4));
  // The name says little: a pod that is deleted and made anew has another UID.
  pod.meta.uid = "uid-" + pod.meta.name + (Draw::coin() ? "x" : "y");
  if (Draw::coin()) {
    pod.meta.controller = test::owner("apps/v1", "ReplicaSet", Draw::name("set", 2));
    pod.meta.labels["pod-template-hash"] = "x";
  }
  if (Draw::up_to(3) == 0) pod.meta.annotations["kubernetes.io/config.hash"] = Draw::name("h", 1);
  if (Draw::up_to(4) == 0) pod.phase = "Failed";
  pod.host_network = Draw::up_to(4) == 0;
  if (Draw::coin()) {
    pod.containers = {test::container_state("c", std::string(64, "abc"[Draw::up_to(2)]))};
  }
  maybe_ignore(pod.meta);
  return pod;
}

kube::Controller any_controller(const char* kind, const char* name) {
  auto controller = test::controller(kind, Draw::name(name, 2));
  if (Draw::coin()) {
    controller.meta.controller = test::owner("apps/v1", "Deployment", Draw::name("deploy", 2));
  }
  maybe_ignore(controller.meta);
  return controller;
}

kube::EndpointSlice any_slice() {
  std::vector<std::string> uids;
  for (int i = Draw::up_to(3); i > 0; --i) {
    uids.push_back("uid-" + Draw::name("pod", 5) + (Draw::coin() ? "x" : "y"));
  }
  return test::slice(Draw::name("slice", 4), Draw::name("svc", 2), uids);
}

kube::Namespace any_namespace() {
  kube::Namespace space{.meta = test::meta("shop")};
  space.meta.name_space.clear();
  maybe_ignore(space.meta);
  return space;
}

template <class T>
void put_or_remove(kube::Store<T>& store, T object) {
  if (Draw::up_to(3) == 0) {
    store.remove(kube::Store<T>::key_of(object));
  } else {
    store.put(std::move(object));
  }
}

void any_event(NamedCluster& cluster) {
  switch (Draw::up_to(6)) {
    case 0:
      return put_or_remove(cluster.replica_sets, any_controller("ReplicaSet", "set"));
    case 1:
      return put_or_remove(cluster.deployments, any_controller("Deployment", "deploy"));
    case 2:
      return put_or_remove(cluster.services,
                           test::service(Draw::name("svc", 2), "10.96.0." + Draw::name("", 1), 80));
    case 3:
      return put_or_remove(cluster.endpoint_slices, any_slice());
    case 4:
      return put_or_remove(cluster.namespaces, any_namespace());
    default:
      return put_or_remove(cluster.pods, any_pod());
  }
}

template <class T>
std::map<std::string, T> sorted(const view::SharedMap<T>& map) {
  std::map<std::string, T> all;
  map.each([&](const std::string& key, const T& value) { all.emplace(key, value); });
  RC_ASSERT(all.size() == map.size());
  return all;
}

std::map<std::string, view::NamedPod> sorted_pods(const view::NameBook& book) {
  std::map<std::string, view::NamedPod> all;
  for (const auto& [uid, pod] : sorted(book.tables().pods)) all.emplace(uid, *pod);
  return all;
}

void require_same(const view::NameBook& left, const view::NameBook& right) {
  const auto &a = left.tables(), &b = right.tables();
  RC_ASSERT(sorted_pods(left) == sorted_pods(right));
  RC_ASSERT(sorted(a.static_pods) == sorted(b.static_pods));
  RC_ASSERT(sorted(a.containers) == sorted(b.containers));
  RC_ASSERT(sorted(a.addresses) == sorted(b.addresses));
  RC_ASSERT(sorted(a.service_ports) == sorted(b.service_ports));
  RC_ASSERT(sorted(a.services) == sorted(b.services));
  RC_ASSERT(sorted(a.annotations) == sorted(b.annotations));
}

template <class T>
void copy(const kube::Store<T>& from, kube::Store<T>& to) {
  for (const auto& [key, object] : from.objects()) to.put(*object);
}

TEST_CASE("cluster names: kept up by changes is the same as made anew", "[cluster]") {
  REQUIRE(rc::check("incremental == rebuilt", [] {
    NamedCluster kept;
    for (int i = *rc::gen::inRange(1, 60); i > 0; --i) {
      any_event(kept);
      if (Draw::up_to(3) == 0) static_cast<void>(kept.book());
    }
    NamedCluster anew;
    copy(kept.services, anew.services);
    copy(kept.pods, anew.pods);
    copy(kept.endpoint_slices, anew.endpoint_slices);
    copy(kept.namespaces, anew.namespaces);
    copy(kept.deployments, anew.deployments);
    copy(kept.replica_sets, anew.replica_sets);
    require_same(kept.book(), anew.book());
  }));
}

TEST_CASE("cluster names: a book that was published never changes", "[cluster]") {
  REQUIRE(rc::check("old books stay", [] {
    NamedCluster cluster;
    for (int i = 0; i < 20; ++i) any_event(cluster);
    const view::NameBook before = cluster.book();
    const auto pods = sorted_pods(before);
    const auto addresses = sorted(before.tables().addresses);
    for (int i = 0; i < 20; ++i) any_event(cluster);
    static_cast<void>(cluster.book());
    RC_ASSERT(sorted_pods(before) == pods);
    RC_ASSERT(sorted(before.tables().addresses) == addresses);
  }));
}

}  // namespace
}  // namespace kernwise::cluster
