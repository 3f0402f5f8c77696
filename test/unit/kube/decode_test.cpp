// SPDX-License-Identifier: Apache-2.0
#include "common/kube/decode.hpp"

#include <catch2/catch_all.hpp>

#include "common/kube/system_namespaces.hpp"
#include "test/support/show_result.hpp"

namespace kernwise::kube {
namespace {

json::Value parsed(const std::string& text) {
  auto value = json::parse(text, {.depth = 64});
  REQUIRE(value);
  return *std::move(value);
}

/// An object called d/web with these parts.
json::Value object(const std::string& parts, const std::string& more_metadata = "") {
  return parsed(R"({"metadata":{"namespace":"d","name":"web","uid":"u","resourceVersion":"7")" +
                more_metadata + "}" + (parts.empty() ? "" : "," + parts) + "}");
}

Meta plain_meta() {
  Meta meta;
  meta.name_space = "d";
  meta.name = "web";
  meta.uid = "u";
  meta.resource_version = "7";
  return meta;
}

}  // namespace

TEST_CASE("decode_pod: everything that is kept", "[kube]") {
  const std::string id(64, 'a');
  const auto pod = decode_pod(object(
      R"("spec":{"nodeName":"n1","schedulerName":"s","hostNetwork":true,"priority":-5,
        "containers":[{"name":"app","image":"i:1","resources":{"requests":{"cpu":"250m","memory":"64Mi"},
                       "limits":{"cpu":"2","memory":"1Gi"}}}],
        "initContainers":[{"name":"init"},{"name":"mesh","restartPolicy":"Always"}],
        "ephemeralContainers":[{"name":"debug","restartPolicy":"Always"}],
        "overhead":{"cpu":"250m","memory":"1Mi"}},
      "status":{"phase":"Running","podIPs":[{"ip":"10.0.0.1"},{"ip":"fd00::1"}],
        "conditions":[{"type":"PodScheduled","status":"True"},{"type":"Ready","status":"True"}],
        "containerStatuses":[{"name":"app","containerID":"containerd://)" +
          id + R"("}],"initContainerStatuses":[{"name":"init","containerID":"broken"}]})",
      R"(,"labels":{"app":"web"},"deletionTimestamp":"2026-01-01T00:00:00Z",
        "annotations":{"kernwise.io/paused":"yes","other":"x","kubernetes.io/config.hash":"h"},
        "ownerReferences":[{"kind":"Node","name":"n","uid":"1"},{"apiVersion":"apps/v1",
          "kind":"ReplicaSet","name":"web-1","uid":"2","controller":true}])"));
  REQUIRE(pod);
  CHECK(pod->meta.labels == Labels{{"app", "web"}});
  CHECK(pod->meta.annotations ==
        Labels{{"kernwise.io/paused", "yes"}, {"kubernetes.io/config.hash", "h"}});
  CHECK(pod->meta.controller == Owner{"apps/v1", "ReplicaSet", "web-1", "2"});
  CHECK(pod->meta.deleting);
  CHECK(pod->node == "n1");
  CHECK(pod->scheduler == "s");
  CHECK(pod->host_network);
  CHECK(pod->priority == -5);
  CHECK(pod->phase == "Running");
  CHECK(pod->ready);
  CHECK(pod->addresses == std::vector<std::string>{"10.0.0.1", "fd00::1"});
  using enum ContainerState::Role;
  CHECK(pod->containers ==
        std::vector<ContainerState>{{"app", "i:1", id, 0.25, 2.0, 0x1p26, 0x1p30, main},
                                    {"init", "", "", {}, {}, {}, {}, init},
                                    {"mesh", "", "", {}, {}, {}, {}, sidecar},
                                    {"debug", "", "", {}, {}, {}, {}, ephemeral}});
  CHECK(pod->cpu_overhead == 0.25);
  CHECK(pod->memory_overhead == 0x1p20);
}

TEST_CASE("decode: an object without name, namespace or uid is refused", "[kube]") {
  for (const std::string text :
       {"{}", "[]", "null", R"({"metadata":{"name":"a","namespace":"b"}})",
        R"({"metadata":{"name":"a","uid":"b"}})", R"({"metadata":{"namespace":"a","uid":"b"}})",
        R"({"metadata":{"name":7,"namespace":"a","uid":"b"}})"}) {
    CAPTURE(text);
    const auto value = parsed(text);
    CHECK_FALSE(decode_pod(value));
    CHECK_FALSE(decode_deployment(value));
    CHECK_FALSE(decode_service(value));
  }
  CHECK(decode_node(parsed(R"({"metadata":{"name":"a","uid":"b"}})")));
  CHECK_FALSE(decode_node(parsed(R"({"metadata":{"uid":"b"}})")));
}

TEST_CASE("decode: hostile texts and lists are bounded", "[kube]") {
  std::string labels, containers, addresses;
  for (int i = 0; i < 1000; ++i) {
    const auto number = std::to_string(i);
    labels += (i == 0 ? "\"l" : ",\"l") + number + "\":\"" + std::string(1000, 'x') + "\"";
    containers += (i == 0 ? "{" : ",{") + std::string(R"("name":"c)") + number + "\"}";
    addresses += (i == 0 ? "{" : ",{") + std::string(R"("ip":"10.0.0.1"})");
  }
  const auto pod =
      decode_pod(object(R"("spec":{"containers":[)" + containers + R"(]},"status":{"podIPs":[)" +
                            addresses + R"(],"phase":"a\u202Eb\nc"})",
                        R"(,"labels":{)" + labels + "}"));
  REQUIRE(pod);
  CHECK(pod->meta.labels.size() == 64);
  CHECK(pod->meta.labels.begin()->second.size() == 256);
  CHECK(pod->containers.size() == 128);
  CHECK(pod->addresses.size() == 8);
  CHECK(pod->phase == "abc");
}

TEST_CASE("decode: values of another type are as if they were missing", "[kube]") {
  const auto pod = decode_pod(object(
      R"("spec":{"nodeName":7,"containers":{"a":1},"priority":"high","hostNetwork":"yes"},
         "status":[1,2])",
      R"(,"labels":[1],"annotations":7,"ownerReferences":{"controller":true})"));
  REQUIRE(pod);
  Pod expected;
  expected.meta = plain_meta();
  CHECK(*pod == expected);
}

TEST_CASE("decode_node: size, state and addresses", "[kube]") {
  const auto node = decode_node(parsed(
      R"({"metadata":{"name":"n1","uid":"u"},"spec":{"unschedulable":true},
        "status":{"allocatable":{"cpu":"3920m","memory":"16Gi"},
        "addresses":[{"type":"Hostname","address":"n1"},{"type":"InternalIP","address":"10.0.0.9"}],
        "conditions":[{"type":"Ready","status":"False"}]}})"));
  REQUIRE(node);
  CHECK(node->cpu_allocatable == 3.92);
  CHECK(node->memory_allocatable_bytes == 17'179'869'184);
  CHECK(node->addresses == std::vector<std::string>{"10.0.0.9"});
  CHECK_FALSE(node->ready);
  CHECK(node->unschedulable);
}

TEST_CASE("decode: controllers and what scales them", "[kube]") {
  const std::string parts =
      R"("spec":{"replicas":3,"selector":{"matchLabels":{"app":"web"}}},
         "status":{"readyReplicas":2,"desiredNumberScheduled":9,"numberReady":8})";
  const auto deployment = decode_deployment(object(parts));
  REQUIRE(deployment);
  CHECK(*deployment == Controller{"Deployment", plain_meta(), 3, 2, {{"app", "web"}}});
  CHECK(decode_replica_set(object(parts))->kind == "ReplicaSet");
  CHECK(decode_stateful_set(object(parts))->kind == "StatefulSet");
  const auto daemon_set = decode_daemon_set(object(parts));
  CHECK(*daemon_set == Controller{"DaemonSet", plain_meta(), 9, 8, {{"app", "web"}}});

  const auto horizontal = decode_horizontal_autoscaler(
      object(R"("spec":{"scaleTargetRef":{"kind":"StatefulSet","name":"db"},"maxReplicas":9})"));
  CHECK(*horizontal ==
        Autoscaler{"HorizontalPodAutoscaler", plain_meta(), "StatefulSet", "db", 0, 9});
  const auto keda = decode_scaled_object(
      object(R"("spec":{"scaleTargetRef":{"name":"db"},"minReplicaCount":1})"));
  CHECK(*keda == Autoscaler{"ScaledObject", plain_meta(), "Deployment", "db", 1, 100});
  const auto vertical = decode_vertical_autoscaler(
      object(R"("spec":{"targetRef":{"kind":"Deployment","name":"db"}})"));
  CHECK(*vertical == Autoscaler{"VerticalPodAutoscaler", plain_meta(), "Deployment", "db", 0, 0});
}

TEST_CASE("decode: services and their endpoints", "[kube]") {
  const auto service =
      decode_service(object(R"("spec":{"clusterIPs":["10.1.0.1","fd00::2"],"selector":{"app":"web"},
                "ports":[{"port":80},{"port":0},{"port":70000},{"port":"x"}]})"));
  CHECK(*service == Service{plain_meta(), {"10.1.0.1", "fd00::2"}, {80}, {{"app", "web"}}});
  CHECK(decode_service(object(R"("spec":{"clusterIPs":["None"]})"))->cluster_addresses.empty());
  const auto slice = decode_endpoint_slice(object(
      R"("endpoints":[{"addresses":["10.0.0.1"],"conditions":{"ready":false},"nodeName":"n1",
           "targetRef":{"kind":"Pod","name":"web-1","uid":"p"}},{"addresses":["10.0.0.2"]}],
         "ports":[{"port":8080}])",
      R"(,"labels":{"kubernetes.io/service-name":"web"})"));
  REQUIRE(slice);
  CHECK(slice->service == "web");
  CHECK(slice->ports == std::vector<std::uint16_t>{8080});
  CHECK(slice->endpoints == std::vector<Endpoint>{{{"10.0.0.1"}, "p", "web-1", "n1", false},
                                                  {{"10.0.0.2"}, "", "", "", true}});
  CHECK(decode_namespace(parsed(R"({"metadata":{"name":"d","uid":"u"}})"))->meta.name == "d");
}

TEST_CASE("is_system_namespace: the whole name of one in the list", "[kube]") {
  for (const auto* one : {"kube-system", "kube-public", "kube-node-lease"})
    CHECK(is_system_namespace(one));
  for (const auto* other : {"", "kube", "kube-systems", "system", "shop", kSystemNamespaces, ","})
    CHECK_FALSE(is_system_namespace(other));
}

}  // namespace kernwise::kube
