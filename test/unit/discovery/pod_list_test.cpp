// SPDX-License-Identifier: Apache-2.0
#include "profiler/discovery/pod_list.hpp"

#include <rapidcheck.h>
#include <catch2/catch_all.hpp>

#include "test/support/show_result.hpp"

namespace kernwise::discovery {
namespace {

const std::string kId(64, 'a'), kInitId(64, 'b'), kDebugId(64, 'c');

/// As a kubelet of 1.33 writes it, without the fields that nobody reads here.
std::string list_of_one() {
  return R"({"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"812"},"items":[{
    "metadata":{"name":"cart-5d9c7b-x2x","namespace":"shop","uid":"11111111-2222-3333-4444-555555555555",
      "labels":{"app":"cart","pod-template-hash":"5d9c7b"},
      "annotations":{"note":"two\nlines"},
      "ownerReferences":[{"kind":"ReplicaSet","name":"cart-5d9c7b","controller":true}]},
    "spec":{"nodeName":"n1",
      "initContainers":[{"name":"setup","resources":{}}],
      "containers":[{"name":"app","resources":{"requests":{"cpu":"250m"},"limits":{"cpu":"2"}}},
                    {"name":"late"}],
      "ephemeralContainers":[{"name":"debug"}]},
    "status":{"phase":"Running",
      "initContainerStatuses":[{"name":"setup","containerID":"containerd://)" +
         kInitId + R"("}],
      "containerStatuses":[{"name":"app","containerID":"cri-o://)" +
         kId + R"("},{"name":"late","containerID":""}],
      "ephemeralContainerStatuses":[{"name":"debug","containerID":"docker://)" +
         kDebugId + R"("}]}}]})";
}

}  // namespace

TEST_CASE("pod list: containers of all three kinds, owner, labels, resources", "[discovery]") {
  const auto list = parse_pod_list(list_of_one());
  REQUIRE(list);
  REQUIRE(list->size() == 1);
  const auto& pod = list->at(0);
  CHECK(pod.uid == "11111111-2222-3333-4444-555555555555");
  CHECK(pod.pod_namespace == "shop");
  CHECK(pod.name == "cart-5d9c7b-x2x");
  CHECK(pod.workload == "Deployment/cart");
  CHECK(pod.labels.at("app") == "cart");
  CHECK(pod.config_hash.empty());
  const std::vector<PodContainer> expected = {
      {.name = "app", .id = kId, .request = 0.25, .limit = 2.0},
      {.name = "late", .id = "", .request = {}, .limit = {}},
      {.name = "setup", .id = kInitId, .request = {}, .limit = {}},
      {.name = "debug", .id = kDebugId, .request = {}, .limit = {}}};
  CHECK(pod.containers == expected);
}

TEST_CASE("pod list: who owns a pod", "[discovery]") {
  const auto [owners, labels, expected] = GENERATE(table<std::string, std::string, std::string>({
      {R"([{"kind":"StatefulSet","name":"db","controller":true}])", "{}", "StatefulSet/db"},
      {R"([{"kind":"ReplicaSet","name":"rs","controller":true}])", "{}", "ReplicaSet/rs"},
      {R"([{"kind":"ReplicaSet","name":"a-b-9f","controller":true}])",
       R"({"pod-template-hash":"9f"})", "Deployment/a-b"},
      {R"([{"kind":"Job","name":"j","controller":false}])", "{}", ""},
      {R"([{"kind":"X","name":"x"},{"kind":"Job","name":"j","controller":true}])", "{}", "Job/j"},
      {"[]", "{}", ""},
  }));
  CAPTURE(owners);
  const auto list = parse_pod_list(R"({"kind":"PodList","items":[{"metadata":{"uid":"u","name":"p",
      "namespace":"n","labels":)" + labels +
                                   R"(,"ownerReferences":)" + owners + "}}]}");
  REQUIRE(list);
  REQUIRE(list->size() == 1);
  CHECK(list->at(0).workload == expected);
}

TEST_CASE("pod list: what is no list is refused, what is no pod is left out", "[discovery]") {
  for (const std::string text : {"", "{}", "[]", "null", R"({"kind":"Pod"})", R"({"kind":7})",
                                 R"({"kind":"PodList","items":[)"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_pod_list(text));
  }
  for (const std::string items :
       {"null", "7", "[]", "[7,null,[],{}]", R"([{"metadata":{"uid":"u","name":"p"}}])",
        R"([{"metadata":{"uid":7,"name":"p","namespace":"n"}}])"}) {
    CAPTURE(items);
    const auto list = parse_pod_list(R"({"kind":"PodList","items":)" + items + "}");
    REQUIRE(list);
    CHECK(list->empty());
  }
}

TEST_CASE("pod list: container ids that are none, hostile names", "[discovery]") {
  const auto list = parse_pod_list(R"({"kind":"PodList","items":[{
    "metadata":{"uid":"u","name":"p\u0000\u001b[31m","namespace":"n"},
    "spec":{"containers":[{"name":"a","resources":{"requests":{"cpu":"1e99"}}},{"name":"b"}]},
    "status":{"containerStatuses":[{"name":"a","containerID":"containerd://../../etc"},
                                   {"name":"b","containerID":"containerd://)" +
                                   std::string(64, 'Z') + R"("}]}}]})");
  REQUIRE(list);
  REQUIRE(list->size() == 1);
  CHECK(list->at(0).name.find('\x1b') == std::string::npos);
  CHECK(list->at(0).containers[0].id.empty());
  CHECK_FALSE(list->at(0).containers[0].request);
  CHECK(list->at(0).containers[1].id.empty());
}

TEST_CASE("pod list: total over all inputs", "[discovery]") {
  const auto whole = list_of_one();
  REQUIRE(rc::check("no crash on a changed list", [&whole] {
    auto text = whole;
    const auto changes = *rc::gen::inRange(1, 6);
    for (int i = 0; i < changes; ++i) {
      text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
    }
    static_cast<void>(parse_pod_list(text));
  }));
}

}  // namespace kernwise::discovery
