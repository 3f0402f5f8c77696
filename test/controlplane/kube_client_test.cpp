// SPDX-License-Identifier: Apache-2.0
// Our client against the real API server.
#include <boost/asio/io_context.hpp>
#include <csignal>

#include "common/kube/decode.hpp"
#include "common/kube/http_client.hpp"
#include "common/kube/lease.hpp"
#include "common/kube/micro_time.hpp"
#include "common/kube/verbs.hpp"
#include "common/kube/watch_cache.hpp"
#include "test/controlplane/require.hpp"
#include "test/support/show_result.hpp"

namespace kernwise::kube {
namespace {

using namespace std::chrono_literals;
using test::Cluster;
using test::require;
using test::shared_cluster;

/// A client of the cluster's API server, as its kubeconfig says, and the loop it runs on.
struct Bench {
  explicit Bench(Cluster& cluster) {
    auto access = kubeconfig_access(cluster.kubeconfig());
    require(access);
    client = std::make_unique<HttpKubeClient>(io, *access);
  }
  template <class Holds>
  bool until(Holds holds, std::chrono::seconds longest = 60s) {
    const auto deadline = Monotonic::now() + longest;
    while (!holds() && Monotonic::now() < deadline) {
      io.restart();
      io.run_one_for(20ms);
    }
    return holds();
  }
  /// What `verb(then)` answers.
  template <class T, class Verb>
  Result<T> ask(Verb verb) {
    std::optional<Result<T>> result;
    verb(Then<T>([&](Result<T> got) { result = std::move(got); }));
    REQUIRE(until([&] { return result.has_value(); }));
    return *result;
  }
  Result<Answer> send(Request request) {
    return ask<Answer>([&](const Then<Answer>& then) { client->send(std::move(request), then); });
  }

  boost::asio::io_context io;
  std::unique_ptr<Clock> clock = clock_of(io);
  std::unique_ptr<HttpKubeClient> client;
};

/// A Deployment that wants no pods yet.
std::string deployment(const std::string& name, const std::string& name_space) {
  return R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":")" + name +
         R"(","namespace":")" + name_space +
         R"("},"spec":{"replicas":0,"selector":{"matchLabels":{"app":"web"}},"template":{
           "metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"app",
           "image":"example/app:1","resources":{"requests":{"cpu":"100m"}}}]}}}})";
}

ObjectPath web_in(const std::string& name_space) {
  return {.api = "apps/v1", .plural = "deployments", .name_space = name_space, .name = "web"};
}

}  // namespace

TEST_CASE("client: version and resources of a real API server", "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  Bench bench(shared_cluster({.nodes = 3}));
  const auto version =
      bench.ask<ServerVersion>([&](const auto& then) { server_version(*bench.client, then); });
  require(version);
  CHECK(version->major == 1);
  CHECK(version->minor >= 33);
  const auto names = bench.ask<std::vector<std::string>>(
      [&](const auto& then) { resources_of(*bench.client, "v1", then); });
  require(names);
  CHECK(std::ranges::count(*names, "pods/resize") == 1);
}

TEST_CASE("client: a cache follows what a Deployment does", "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  Cluster& cluster = shared_cluster({.nodes = 3});
  const bool streaming = GENERATE(true, false);
  CAPTURE(streaming);
  const std::string space = streaming ? "streams" : "pages";
  require(cluster.make_namespace(space));
  Bench bench(cluster);
  Store<Pod> pods;
  WatchOptions options{.objects = {.api = "v1", .plural = "pods", .name_space = space}};
  options.tuning.streaming = streaming;
  options.tuning.page = 2;
  const WatchCache<Pod> cache(*bench.client, *bench.clock, options, decode_pod, pods);
  REQUIRE(bench.until([&] { return cache.synced(); }));
  require(cluster.kubectl({"apply", "-f", "-"}, deployment("web", space)));
  require(cluster.kubectl({"-n", space, "scale", "deployment/web", "--replicas=5"}));
  REQUIRE(bench.until([&] {
    return pods.objects().size() == 5 &&
           std::ranges::all_of(pods.objects(), [](const auto& each) { return each.second->ready; });
  }));
  const auto& pod = *pods.objects().begin()->second;
  CHECK(pod.node.starts_with("node-"));
  CHECK(pod.phase == "Running");
  CHECK(pod.addresses.size() == 1);
  CHECK(pod.containers.at(0).cpu_request == 0.1);
  CHECK(pod.meta.controller->kind == "ReplicaSet");
  require(cluster.kubectl({"-n", space, "delete", "deployment/web"}));
  REQUIRE(bench.until([&] { return pods.objects().empty(); }));
  CHECK(cache.counts().skipped == 0);
  CHECK(cache.counts().restarts == 0);
}

TEST_CASE("client: every kind that is watched can be listed and read", "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  Cluster& cluster = shared_cluster({.nodes = 3});
  Bench bench(cluster);
  const auto whole = [&](auto decode, const ObjectPath& objects, bool optional, std::size_t least) {
    CAPTURE(objects.plural);
    using T = std::remove_cvref_t<decltype(*decode(json::Value()))>;
    Store<T> store;
    WatchOptions options{.objects = objects};
    options.tuning.optional = optional;
    const WatchCache<T> cache(*bench.client, *bench.clock, options, decode, store);
    CHECK(bench.until([&] { return cache.synced(); }, 10s));
    CHECK(store.objects().size() >= least);
    CHECK(cache.counts().skipped == 0);
  };
  whole(decode_node, {"v1", "nodes", "", ""}, false, 3);
  whole(decode_namespace, {"v1", "namespaces", "", ""}, false, 4);
  whole(decode_service, {"v1", "services", "", ""}, false, 1);
  whole(decode_endpoint_slice, {"discovery.k8s.io/v1", "endpointslices", "", ""}, false, 0);
  whole(decode_replica_set, {"apps/v1", "replicasets", "", ""}, false, 0);
  whole(decode_deployment, {"apps/v1", "deployments", "", ""}, false, 0);
  whole(decode_stateful_set, {"apps/v1", "statefulsets", "", ""}, false, 0);
  whole(decode_daemon_set, {"apps/v1", "daemonsets", "", ""}, false, 0);
  whole(decode_horizontal_autoscaler, {"autoscaling/v2", "horizontalpodautoscalers", "", ""}, false,
        0);
  whole(decode_scaled_object, {"keda.sh/v1alpha1", "scaledobjects", "", ""}, true, 0);
  whole(decode_vertical_autoscaler, {"autoscaling.k8s.io/v1", "verticalpodautoscalers", "", ""},
        true, 0);
}

TEST_CASE("client: scales, tries without effect, and loses to whoever was first",
          "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  Cluster& cluster = shared_cluster({.nodes = 3});
  require(cluster.make_namespace("scales"));
  require(cluster.kubectl({"apply", "-f", "-"}, deployment("web", "scales")));
  // Else its controller writes the revision between our reading and our writing.
  require(cluster.kubectl({"rollout", "status", "deployment/web", "-n", "scales"}));
  Bench bench(cluster);
  const auto web = web_in("scales");
  const auto now = [&] {
    return bench.ask<Scale>([&](const auto& then) { get_scale(*bench.client, web, then); });
  };
  const auto patch = [&](int replicas, const WriteOptions& options) {
    return bench.ask<Scale>(
        [&](const auto& then) { patch_scale(*bench.client, web, replicas, options, then); });
  };
  const auto before = now();
  require(before);
  CHECK(before->replicas == 0);
  CHECK(before->selector == "app=web");
  const auto tried = patch(2, {.resource_version = before->resource_version, .dry_run = true});
  require(tried);
  CHECK(tried->replicas == 2);
  CHECK(now()->replicas == 0);
  const auto done = patch(2, {.resource_version = before->resource_version});
  require(done);
  CHECK(now()->replicas == 2);
  const auto late = patch(3, {.resource_version = before->resource_version});
  REQUIRE_FALSE(late);
  CHECK(late.error().code == status(409));
  CHECK(now()->replicas == 2);
  const auto manager =
      cluster.kubectl({"-n", "scales", "get", "deployment", "web", "-o",
                       "jsonpath={.metadata.managedFields[*].manager}", "--show-managed-fields"});
  require(manager);
  INFO(*manager);
  CHECK(manager->find("kernwise") != std::string::npos);
  require(patch(0, {}));
}

TEST_CASE("client: annotates, and applies from the server's side", "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  Cluster& cluster = shared_cluster({.nodes = 3});
  require(cluster.make_namespace("applies"));
  Bench bench(cluster);
  const ObjectPath map{
      .api = "v1", .plural = "configmaps", .name_space = "applies", .name = "mine"};
  const std::string text = R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"mine"}})";
  require(bench.ask<void>([&](const auto& then) { apply(*bench.client, map, text, {}, then); }));
  require(bench.ask<void>([&](const auto& then) {
    annotate(*bench.client, map, {{"kernwise.io/paused", "yes \"<&>\""}}, {}, then);
  }));
  const auto shown = cluster.kubectl({"-n", "applies", "get", "configmap", "mine", "-o",
                                      R"(jsonpath={.metadata.annotations.kernwise\.io/paused})"});
  require(shown);
  CHECK(*shown == "yes \"<&>\"");
  const auto stale = bench.ask<void>([&](const auto& then) {
    annotate(*bench.client, map, {{"kernwise.io/paused", std::nullopt}}, {.resource_version = "1"},
             then);
  });
  REQUIRE_FALSE(stale);
  CHECK(stale.error().code == status(409));
}

TEST_CASE("client: resizes a pod", "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  Cluster& cluster = shared_cluster({.nodes = 3});
  require(cluster.make_namespace("resizes"));
  require(cluster.kubectl(
      {"apply", "-f", "-"},
      R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"one","namespace":"resizes"},"spec":{
        "schedulerName":"nobody","containers":[{"name":"app","image":"example/app:1","resources":{
          "requests":{"cpu":"100m"},"limits":{"cpu":"200m"}}}]}})"));
  Bench bench(cluster);
  const ObjectPath pod{.api = "v1", .plural = "pods", .name_space = "resizes", .name = "one"};
  const auto resized = bench.ask<Pod>([&](const auto& then) {
    patch_resize(*bench.client, pod, {{.name = "app", .limit = 500}}, {.dry_run = true}, then);
  });
  require(resized);
  CHECK(resized->containers.at(0).cpu_limit == 0.5);
  CHECK(resized->containers.at(0).cpu_request == 0.1);
}

TEST_CASE("client: a lease, twice written", "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  Cluster& cluster = shared_cluster({.nodes = 3});
  require(cluster.make_namespace("leases"));
  Bench bench(cluster);
  const LeaseName name{"leases", "kernwise-orchestrator"};
  LeaseRecord record{.holder = "me",
                     .duration = 10s,
                     .acquired = micro_time(std::chrono::system_clock::now()),
                     .renewed = micro_time(std::chrono::system_clock::now())};
  const auto created = lease_answer(bench.send(create_lease(name, record)));
  REQUIRE(created.kind == LeaseAnswer::Kind::created);
  CHECK(created.lease.record == record);
  record.holder = "you";
  auto next = created.lease;
  next.record = record;
  CHECK(lease_answer(bench.send(replace_lease(name, next))).kind == LeaseAnswer::Kind::found);
  CHECK(lease_answer(bench.send(replace_lease(name, next))).kind == LeaseAnswer::Kind::conflict);
}

TEST_CASE("client: knows tokens and what accounts may do", "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  Cluster& cluster = shared_cluster({.nodes = 3});
  require(cluster.make_namespace("reviews"));
  Bench bench(cluster);
  const auto token = cluster.service_account_token(
      {.account_namespace = "reviews", .account = "default", .audience = "kernwise-orchestrator"});
  require(token);
  const auto review = [&](const std::string& text, const std::string& audience) {
    return bench.ask<TokenVerdict>(
        [&](const auto& then) { review_token(*bench.client, text, {audience}, then); });
  };
  const auto good = review(*token, "kernwise-orchestrator");
  require(good);
  CHECK(good->authenticated);
  CHECK(good->user == "system:serviceaccount:reviews:default");
  CHECK(good->audiences == std::vector<std::string>{"kernwise-orchestrator"});
  const auto other = review(*token, "somebody-else");
  require(other);
  CHECK_FALSE(other->authenticated);
  const auto forged = review(*token + "x", "kernwise-orchestrator");
  require(forged);
  CHECK_FALSE(forged->authenticated);
  const auto access = bench.ask<AccessVerdict>([&](const auto& then) {
    review_access(*bench.client, {.user = good->user, .verb = "list", .resource = "pods"}, then);
  });
  require(access);
  CHECK_FALSE(access->allowed);
}

TEST_CASE("client: an API server that dies and comes back loses nothing", "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  auto cluster = Cluster::up({.controller_manager = false, .scheduler = false});
  require(cluster);
  Bench bench(**cluster);
  Store<Namespace> spaces;
  const WatchCache<Namespace> cache(*bench.client, *bench.clock,
                                    {.objects = {.api = "v1", .plural = "namespaces"}},
                                    decode_namespace, spaces);
  REQUIRE(bench.until([&] { return cache.synced(); }));
  require((*cluster)->signal("kube-apiserver", SIGKILL));
  REQUIRE(bench.until([&] { return !cache.problem().empty(); }));
  REQUIRE(test::eventually(60s, [&] { return (*cluster)->start("kube-apiserver").has_value(); }));
  require((*cluster)->kubectl({"create", "namespace", "born-later"}));
  // Objects come one by one; the cache is whole again with the end of the list.
  REQUIRE(bench.until([&] { return cache.problem().empty() && spaces.find("born-later"); }));
  CHECK(spaces.find("kube-system") != nullptr);
}

}  // namespace kernwise::kube
