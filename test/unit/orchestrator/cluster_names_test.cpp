// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_all.hpp>

#include "orchestrator/cluster/named_pod.hpp"
#include "orchestrator/view/names.hpp"
#include "test/unit/orchestrator/objects.hpp"

namespace kernwise::cluster {
namespace {

using test::controller;
using test::NamedCluster;
using test::owner;
using test::pod;
using test::service;
using test::slice;

const std::string kId(64, 'a');

TEST_CASE("owners: the top controller of a pod", "[cluster]") {
  struct Row {
    const char* name;
    kube::Owner owner;
    std::string hash;
    std::string expected;
  };
  // Known: ReplicaSet cart-5 of Deployment cart; StatefulSet db of Postgres main; ReplicaSet lone.
  const Row row = GENERATE(values<Row>({
      {"through the ReplicaSet", owner("apps/v1", "ReplicaSet", "cart-5"), "", "Deployment/cart"},
      {"an operator's object", owner("apps/v1", "StatefulSet", "db"), "", "Postgres/main"},
      {"a ReplicaSet of its own", owner("apps/v1", "ReplicaSet", "lone"), "", "ReplicaSet/lone"},
      {"an unknown one by its hash", owner("apps/v1", "ReplicaSet", "new-7d4"), "7d4",
       "Deployment/new"},
      {"an unknown one with another hash", owner("apps/v1", "ReplicaSet", "new-7d4"), "abc",
       "ReplicaSet/new-7d4"},
      {"a kind nobody watches", owner("argoproj.io/v1alpha1", "Rollout", "r"), "", "Rollout/r"},
      {"a kind of the same name", owner("x.io/v1", "StatefulSet", "db"), "", "StatefulSet/db"},
      {"a CronJob by name", owner("batch/v1", "Job", "backup-29384710"), "", "CronJob/backup"},
      {"a Job", owner("batch/v1", "Job", "migrate-2"), "", "Job/migrate-2"},
      {"a static pod", owner("v1", "Node", "n1"), "", "Pod/p"},
      {"a circle", owner("apps/v1", "ReplicaSet", "round"), "", "ReplicaSet/round"},
  }));
  CAPTURE(row.name);
  NamedCluster cluster;
  auto cart = controller("ReplicaSet", "cart-5");
  cart.meta.controller = owner("apps/v1", "Deployment", "cart");
  auto db = controller("StatefulSet", "db");
  db.meta.controller = owner("acid.zalan.do/v1", "Postgres", "main");
  auto round = controller("ReplicaSet", "round");
  round.meta.controller = owner("apps/v1", "ReplicaSet", "round");
  for (const auto& each : {cart, db, round, controller("ReplicaSet", "lone")}) {
    cluster.replica_sets.put(each);
  }
  auto p = pod("p", "n1", "10.0.0.1");
  p.meta.controller = row.owner;
  if (!row.hash.empty()) p.meta.labels["pod-template-hash"] = row.hash;
  cluster.pods.put(p);
  CHECK(cluster.book().pod("uid-p")->name.workload == row.expected);
}

TEST_CASE("cluster names: who a cgroup is", "[cluster]") {
  NamedCluster cluster;
  auto p = pod("web-1", "n1", "10.0.0.1");
  p.meta.annotations["kubernetes.io/config.hash"] = "hash-1";
  p.meta.labels = {{"app", "web"}, {"tier", "front"}};
  p.priority = 1000;
  p.containers = {test::container_state("app", kId), test::container_state("late", "")};
  p.containers[0].cpu_request = .5;
  p.containers[0].cpu_limit = 2;
  cluster.pods.put(p);
  const view::NameBook& book = cluster.book();
  CHECK(book.complete());

  SECTION("on its node by uid, by config hash, by container id; on another not at all") {
    const auto [node, uid, container, found] =
        GENERATE(table<std::string, std::string, std::string, bool>({
            {"n1", "uid-web-1", "", true},
            {"n1", "hash-1", "", true},
            {"n1", "", kId, true},
            {"n2", "uid-web-1", "", false},
            {"n2", "hash-1", "", false},
            {"n2", "", kId, false},
            {"", "uid-web-1", "", false},
            {"n1", "", "", false},
            {"n1", "other", kId, false},
        }));
    CAPTURE(node, uid, container);
    CHECK((book.find(node, uid, container) != nullptr) == found);
    CHECK(book.answer(node, {{uid, container, "/x"}}).size() == (found ? 1U : 0U));
  }
  SECTION("with the container's own request and limit") {
    const auto answer = book.answer("n1", {{"uid-web-1", kId, "/x"}});
    REQUIRE(answer.size() == 1);
    CHECK(answer[0].name ==
          report::Name{"shop", "web-1", "app", "Pod/web-1", std::optional(.5), std::optional(2.)});
  }
  SECTION("a container that is not listed yet is not answered for") {
    CHECK(book.answer("n1", {{"uid-web-1", std::string(64, 'b'), "/x"}}).empty());
  }
  SECTION("with its labels and priority") {
    CHECK(book.pod("uid-web-1")->app == "web");
    CHECK(book.pod("uid-web-1")->priority == 1000);
    CHECK(book.pod("uid-web-1")->labels.size() == 2);
  }
}

TEST_CASE("cluster names: the same static pod on two nodes", "[cluster]") {
  NamedCluster cluster;
  for (const char* node : {"n1", "n2"}) {
    auto p = pod(std::string("proxy-") + node, node, "");
    p.meta.annotations["kubernetes.io/config.hash"] = "hash";
    cluster.pods.put(p);
  }
  CHECK(cluster.book().find("n1", "hash")->name.pod == "proxy-n1");
  CHECK(cluster.book().find("n2", "hash")->name.pod == "proxy-n2");
}

TEST_CASE("cluster names: who answers at an address", "[cluster]") {
  NamedCluster cluster;
  auto web = pod("web", "n1", "10.1.0.1");
  auto other = pod("other", "n2", "10.1.0.2");
  auto host = pod("host", "n1", "192.168.0.1");
  host.host_network = true;
  auto over = pod("over", "n1", "10.1.0.2");  // its address is another's now
  over.phase = "Succeeded";
  for (const auto& each : {web, other, host, over}) cluster.pods.put(each);
  cluster.services.put(service("web", "10.96.0.1", 80));
  cluster.services.put(service("both", "10.96.0.2", 80));
  cluster.services.put(service("nobody", "10.96.0.3", 80));
  cluster.services.put(service("foreign", "fd00::1", 80));
  cluster.endpoint_slices.put(slice("web-1", "web", {"uid-web"}));
  cluster.endpoint_slices.put(slice("both-1", "both", {"uid-web"}));
  cluster.endpoint_slices.put(slice("both-2", "both", {"uid-other"}));
  cluster.endpoint_slices.put(slice("foreign-1", "foreign", {"uid-web", ""}));
  const auto [address, port, workload] = GENERATE(table<std::string, int, std::string>({
      {"10.96.0.1", 80, "shop/Pod/web"},
      {"10.96.0.1", 81, ""},
      {"10.96.0.2", 80, ""},  // two workloads behind it
      {"10.96.0.3", 80, ""},
      {"fd00::1", 80, ""},  // one endpoint is no pod
      {"10.1.0.1", 9999, "shop/Pod/web"},
      {"10.1.0.2", 80, "shop/Pod/other"},
      {"192.168.0.1", 80, ""},  // the node's, not the pod's
      {"8.8.8.8", 53, ""},
  }));
  CAPTURE(address, port);
  CHECK(cluster.book().workload_at(address, static_cast<std::uint16_t>(port)) == workload);
}

TEST_CASE("cluster names: a name that arrives late reaches what hangs on it", "[cluster]") {
  NamedCluster cluster;
  cluster.services.put(service("cart", "10.96.0.1", 80));
  cluster.endpoint_slices.put(slice("cart-1", "cart", {"uid-a"}));
  CHECK(cluster.book().workload_at("10.96.0.1", 80).empty());
  auto a = pod("a", "n1", "10.1.0.1");
  a.meta.controller = owner("apps/v1", "ReplicaSet", "cart-5");
  cluster.pods.put(a);
  CHECK(cluster.book().workload_at("10.96.0.1", 80) == "shop/ReplicaSet/cart-5");
  auto set = controller("ReplicaSet", "cart-5");
  set.meta.controller = owner("apps/v1", "Deployment", "cart");
  cluster.replica_sets.put(set);
  CHECK(cluster.book().workload_at("10.96.0.1", 80) == "shop/Deployment/cart");
  cluster.pods.remove("shop/a");
  CHECK(cluster.book().workload_at("10.96.0.1", 80).empty());
  CHECK(cluster.book().size() == 0);
}

TEST_CASE("cluster names: the pod, then its workload, then its namespace says ignore",
          "[cluster]") {
  const auto [space, workload, own, ignored] =
      GENERATE(table<std::string, std::string, std::string, bool>({
          {"", "", "", false},
          {"true", "", "", true},
          {"true", "false", "", false},
          {"true", "false", "true", true},
          {"", "true", "false", false},
          {"", "true", "", true},
          {"yes", "", "", false},
      }));
  CAPTURE(space, workload, own);
  NamedCluster cluster;
  auto p = pod("p", "n1", "");
  p.meta.controller = owner("apps/v1", "Deployment", "d");
  if (!own.empty()) p.meta.annotations[kIgnore] = own;
  cluster.pods.put(p);
  CHECK(cluster.book().pod("uid-p")->ignored == (own == "true"));
  auto d = controller("Deployment", "d");
  if (!workload.empty()) d.meta.annotations[kIgnore] = workload;
  cluster.deployments.put(d);
  kube::Namespace shop{.meta = test::meta("shop")};
  shop.meta.name_space.clear();
  if (!space.empty()) shop.meta.annotations[kIgnore] = space;
  cluster.namespaces.put(shop);
  CHECK(cluster.book().pod("uid-p")->ignored == ignored);
  CHECK(cluster.book().inherited("shop", "shop/Deployment/d", kIgnore) ==
        (workload.empty() ? space : workload));
}

TEST_CASE("cluster names: the filter ignores whole namespaces", "[cluster]") {
  const NameFilter none, out{.exclude_namespaces = {"kube-system"}, .namespaces = {}},
      in{.exclude_namespaces = {}, .namespaces = {"shop"}},
      both{.exclude_namespaces = {"shop"}, .namespaces = {"shop"}};
  CHECK_FALSE(none.ignores("shop"));
  CHECK_FALSE(out.ignores("shop"));
  CHECK(out.ignores("kube-system"));
  CHECK_FALSE(in.ignores("shop"));
  CHECK(in.ignores("other"));
  CHECK(both.ignores("shop"));
  ClusterNames names(both);
  names.pod(nullptr, std::make_shared<const kube::Pod>(pod("p", "n1", "")));
  CHECK(names.publish()->book->pod("uid-p")->ignored);
}

TEST_CASE("cluster names: only what changes is published", "[cluster]") {
  NamedCluster cluster;
  auto a = pod("a", "n1", "10.1.0.1");
  a.meta.controller = owner("apps/v1", "Deployment", "d");
  cluster.pods.put(a);
  cluster.pods.put(pod("b", "n2", "10.1.0.2"));
  CHECK(cluster.publish()->nodes == std::set<std::string>{"n1", "n2"});
  CHECK_FALSE(cluster.publish());
  a.meta.resource_version = "2";
  a.ready = true;
  cluster.pods.put(a);
  CHECK_FALSE(cluster.publish());
  auto d = controller("Deployment", "d");
  d.ready = 3;
  cluster.deployments.put(d);
  CHECK_FALSE(cluster.publish());
  a.node = "n3";
  cluster.pods.put(a);
  CHECK(cluster.publish()->nodes == std::set<std::string>{"n1", "n3"});
  cluster.services.put(service("s", "10.96.0.1", 80));
  CHECK(cluster.publish()->nodes.empty());
}

TEST_CASE("stores: a workload by its name", "[cluster]") {
  Stores stores;
  stores.deployments.put(controller("Deployment", "web"));
  stores.stateful_sets.put(controller("StatefulSet", "db"));
  const auto [name, found] = GENERATE(table<std::string, bool>({
      {"shop/Deployment/web", true},
      {"shop/StatefulSet/db", true},
      {"shop/Deployment/db", false},
      {"shop/Pod/web", false},
      {"other/Deployment/web", false},
      {"shop/Deployment", false},
      {"", false},
  }));
  CAPTURE(name);
  CHECK((stores.workload(name) != nullptr) == found);
}

}  // namespace
}  // namespace kernwise::cluster
