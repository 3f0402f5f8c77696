// SPDX-License-Identifier: Apache-2.0
#include "common/kube/verbs.hpp"

#include <catch2/catch_all.hpp>

#include "test/fakes/scripted_kube.hpp"
#include "test/support/show_result.hpp"
#include "test/unit/kube/kept.hpp"

namespace kernwise::kube {
namespace {

using test::ScriptedKube;

const ObjectPath kWeb{.api = "apps/v1", .plural = "deployments", .name_space = "d", .name = "web"};
constexpr const char* kScaleText =
    R"({"kind":"Scale","apiVersion":"autoscaling/v1","metadata":{"name":"web","namespace":"d",)"
    R"("uid":"u-1","resourceVersion":"812"},"spec":{"replicas":3},)"
    R"("status":{"replicas":2,"selector":"app=web"}})";

}  // namespace

TEST_CASE("get_scale: reads spec, status and version", "[kube]") {
  ScriptedKube kube;
  Kept<Scale> kept;
  get_scale(kube, kWeb, kept.then());
  CHECK(shown(kube.requests.at(0)) == "GET /apis/apps/v1/namespaces/d/deployments/web/scale");
  kube.answer(200, kScaleText);
  REQUIRE(*kept);
  CHECK(**kept == Scale{"d", "web", "u-1", "812", 3, 2, "app=web"});
}

TEST_CASE("get_scale: replicas that are left out are none", "[kube]") {
  ScriptedKube kube;
  Kept<Scale> kept;
  get_scale(kube, kWeb, kept.then());
  kube.answer(200, R"({"kind":"Scale","metadata":{"name":"web"},"spec":{},"status":{}})");
  REQUIRE(*kept);
  CHECK((**kept).replicas == 0);
  CHECK((**kept).selector.empty());
}

TEST_CASE("patch_scale: exact bytes, with and without a version", "[kube]") {
  ScriptedKube kube;
  Kept<Scale> kept;
  patch_scale(kube, kWeb, 5, {.resource_version = "812"}, kept.then());
  patch_scale(kube, kWeb, 0, {.dry_run = true}, kept.then());
  const std::string path = "PATCH /apis/apps/v1/namespaces/d/deployments/web/scale";
  CHECK(shown(kube.requests.at(0)) ==
        path + "?fieldManager=kernwise&fieldValidation=Strict\napplication/merge-patch+json\n" +
            R"({"metadata":{"resourceVersion":"812"},"spec":{"replicas":5}})");
  CHECK(shown(kube.requests.at(1)) ==
        path +
            "?fieldManager=kernwise&fieldValidation=Strict&dryRun=All\n"
            "application/merge-patch+json\n" +
            R"({"spec":{"replicas":0}})");
}

TEST_CASE("patch_scale: a conflict is an error with its status and the server's words", "[kube]") {
  ScriptedKube kube;
  Kept<Scale> kept;
  patch_scale(kube, kWeb, 5, {.resource_version = "1"}, kept.then());
  kube.answer(409, R"({"kind":"Status","message":"the object has been modified","code":409})");
  REQUIRE_FALSE(*kept);
  CHECK((*kept).error().code == status(409));
  CHECK((*kept).error().message() == "scale web: the object has been modified: status 409");
}

TEST_CASE("verbs: an answer that is none is an error", "[kube]") {
  const auto body = GENERATE(as<std::string>(), "", "[]", "<html>", "{\"kind\":\"Scale\"",
                             R"({"kind":"Status"})");
  CAPTURE(body);
  ScriptedKube kube;
  Kept<Scale> kept;
  get_scale(kube, kWeb, kept.then());
  kube.answer(200, body);
  CHECK_FALSE(*kept);
}

TEST_CASE("patch_resize: exact bytes, only what is said", "[kube]") {
  ScriptedKube kube;
  Kept<Pod> kept;
  const ObjectPath pod{.api = "v1", .plural = "pods", .name_space = "d", .name = "web-1"};
  patch_resize(kube, pod,
               {{.name = "app", .request = 500, .limit = 800}, {.name = "side", .limit = 1000}},
               {.resource_version = "7"}, kept.then());
  CHECK(shown(kube.requests.at(0)) ==
        "PATCH /api/v1/namespaces/d/pods/web-1/resize"
        "?fieldManager=kernwise&fieldValidation=Strict\n"
        "application/strategic-merge-patch+json\n"
        R"({"metadata":{"resourceVersion":"7"},"spec":{"containers":[)"
        R"({"name":"app","resources":{"requests":{"cpu":"500m"},"limits":{"cpu":"800m"}}},)"
        R"({"name":"side","resources":{"limits":{"cpu":"1000m"}}}]}})");
  kube.answer(200, R"({"metadata":{"name":"web-1","namespace":"d","uid":"u","resourceVersion":"8"},
      "spec":{"containers":[{"name":"app","resources":{"limits":{"cpu":"800m"}}}]}})");
  REQUIRE(*kept);
  CHECK((**kept).meta.resource_version == "8");
  CHECK((**kept).containers.at(0).cpu_limit == 0.8);
}

TEST_CASE("annotate: sets and takes away", "[kube]") {
  ScriptedKube kube;
  Kept<> kept;
  annotate(kube, kWeb, {{"kernwise.io/paused", "yes"}, {"kernwise.io/weight", std::nullopt}}, {},
           kept.then());
  CHECK(shown(kube.requests.at(0)) ==
        "PATCH /apis/apps/v1/namespaces/d/deployments/web"
        "?fieldManager=kernwise&fieldValidation=Strict\napplication/merge-patch+json\n"
        R"({"metadata":{"annotations":{"kernwise.io/paused":"yes","kernwise.io/weight":null}}})");
  kube.answer(200, "{}");
  CHECK(*kept);
}

TEST_CASE("patch_status and apply: exact bytes", "[kube]") {
  ScriptedKube kube;
  Kept<> kept;
  const ObjectPath own{
      .api = "kernwise.io/v1alpha1", .plural = "podallocations", .name_space = "d", .name = "u-1"};
  patch_status(kube, own, R"({"applied":true})", {.resource_version = "3"}, kept.then());
  apply(kube, own, R"({"kind":"PodAllocation"})", {}, kept.then());
  const std::string path = "PATCH /apis/kernwise.io/v1alpha1/namespaces/d/podallocations/u-1";
  CHECK(shown(kube.requests.at(0)) ==
        path + "/status?fieldManager=kernwise&fieldValidation=Strict\n" +
            "application/merge-patch+json\n" +
            R"({"metadata":{"resourceVersion":"3"},"status":{"applied":true}})");
  CHECK(shown(kube.requests.at(1)) ==
        path + "?fieldManager=kernwise&fieldValidation=Strict&force=true\n" +
            "application/apply-patch+yaml\n" + R"({"kind":"PodAllocation"})");
}

TEST_CASE("server_version and resources_of", "[kube]") {
  ScriptedKube kube;
  Kept<ServerVersion> version;
  server_version(kube, version.then());
  CHECK(shown(kube.requests.at(0)) == "GET /version");
  kube.answer(200, R"({"major":"1","minor":"33+","gitVersion":"v1.33.13-gke.1"})");
  REQUIRE(*version);
  CHECK(**version == ServerVersion{1, 33, "v1.33.13-gke.1"});
  Kept<std::vector<std::string>> names;
  resources_of(kube, "apps/v1", names.then());
  CHECK(shown(kube.requests.at(1)) == "GET /apis/apps/v1");
  kube.answer(200, R"({"resources":[{"name":"deployments"},{"name":"deployments/scale"}]})");
  REQUIRE(*names);
  CHECK(**names == std::vector<std::string>{"deployments", "deployments/scale"});
  resources_of(kube, "v1", names.then());
  CHECK(shown(kube.requests.at(2)) == "GET /api/v1");
}

}  // namespace kernwise::kube
