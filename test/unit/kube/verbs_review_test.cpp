// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_all.hpp>

#include "test/fakes/scripted_kube.hpp"
#include "test/support/show_result.hpp"
#include "test/unit/kube/kept.hpp"

namespace kernwise::kube {
namespace {

using test::ScriptedKube;

}  // namespace

TEST_CASE("review_token: exact bytes, and who it is", "[kube]") {
  ScriptedKube kube;
  Kept<TokenVerdict> kept;
  review_token(kube, "a.b\"c", {"kernwise-orchestrator"}, kept.then());
  CHECK(shown(kube.requests.at(0)) ==
        "POST /apis/authentication.k8s.io/v1/tokenreviews\napplication/json\n"
        R"({"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview",)"
        R"("spec":{"token":"a.b\"c","audiences":["kernwise-orchestrator"]}})");
  kube.answer(201, R"({"kind":"TokenReview","status":{"authenticated":true,"user":{
      "username":"system:serviceaccount:kernwise-profiler:profiler","uid":"u-1",
      "groups":["system:serviceaccounts"],
      "extra":{"authentication.kubernetes.io/node-name":["n1"]}},
      "audiences":["kernwise-orchestrator"]}})");
  REQUIRE(*kept);
  CHECK(**kept == TokenVerdict{.authenticated = true,
                               .user = "system:serviceaccount:kernwise-profiler:profiler",
                               .uid = "u-1",
                               .groups = {"system:serviceaccounts"},
                               .extra = {{"authentication.kubernetes.io/node-name", {"n1"}}},
                               .audiences = {"kernwise-orchestrator"},
                               .error = ""});
}

TEST_CASE("review_token: a refusal is an answer", "[kube]") {
  ScriptedKube kube;
  Kept<TokenVerdict> kept;
  review_token(kube, "t", {}, kept.then());
  CHECK(kube.requests.at(0).body.find("audiences") == std::string::npos);
  kube.answer(201, R"({"kind":"TokenReview","status":{"error":"expired","user":{}}})");
  REQUIRE(*kept);
  CHECK_FALSE((**kept).authenticated);
  CHECK((**kept).error == "expired");
}

TEST_CASE("review_access: exact bytes; a veto beats consent", "[kube]") {
  ScriptedKube kube;
  Kept<AccessVerdict> kept;
  review_access(kube, {.user = "prom", .groups = {"g"}, .verb = "get", .url_path = "/metrics"},
                kept.then());
  review_access(kube,
                {.user = "jo",
                 .verb = "patch",
                 .group = "apps",
                 .resource = "deployments",
                 .subresource = "scale",
                 .name_space = "d",
                 .name = "web"},
                kept.then());
  const std::string head =
      "POST /apis/authorization.k8s.io/v1/subjectaccessreviews\napplication/json\n"
      R"({"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","spec":)";
  CHECK(shown(kube.requests.at(0)) ==
        head + R"({"nonResourceAttributes":{"path":"/metrics","verb":"get"},"user":"prom",)" +
            R"("groups":["g"]}})");
  CHECK(shown(kube.requests.at(1)) ==
        head + R"({"resourceAttributes":{"namespace":"d","verb":"patch","group":"apps",)" +
            R"("resource":"deployments","subresource":"scale","name":"web"},"user":"jo"}})");
  kube.answer(201, R"({"kind":"SubjectAccessReview","status":{"allowed":true,"reason":"r"}})");
  CHECK((**kept).allowed);
  CHECK((**kept).reason == "r");
  kube.answer(201, R"({"kind":"SubjectAccessReview","status":{"allowed":true,"denied":true}})");
  CHECK_FALSE((**kept).allowed);
}

}  // namespace kernwise::kube
