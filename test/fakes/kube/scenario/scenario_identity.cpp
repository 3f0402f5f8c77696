// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/scenario/scenarios.hpp"

namespace kernwise::test {
namespace {

const std::string kSpace = "/api/v1/namespaces/identity";
const std::string kReviews = "/apis/authentication.k8s.io/v1/tokenreviews";
const std::string kAccess = "/apis/authorization.k8s.io/v1/subjectaccessreviews";

std::string review(const std::string& token, const std::string& audiences) {
  return R"({"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{"token":")" +
         token + R"(","audiences":[)" + audiences + "]}}";
}

std::string token_for(Observer& api, const std::string& spec) {
  const auto made = api.ask(
      {.name = "token " + spec.substr(0, 30),
       .method = "POST",
       .path = kSpace + "/serviceaccounts/default/token",
       .body = R"({"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{)" + spec +
               "}}"},
      {"/kind"});
  return text_at(made, "/status/token");
}

}  // namespace

void play_identity(Observer& api) {
  const Observer::Looks looks{"/status/authenticated",
                              "/status/user/username",
                              "/status/user/groups",
                              "/status/audiences",
                              "/status/user/extra/authentication.kubernetes.io~1node-name",
                              "/status/user/extra/authentication.kubernetes.io~1pod-name"};
  const auto look = [&](const std::string& name, const std::string& token,
                        const std::string& audiences) {
    return api.ask(
        {.name = name, .method = "POST", .path = kReviews, .body = review(token, audiences)},
        looks);
  };
  const auto pod = api.arrange(
      {.method = "POST",
       .path = kSpace + "/pods",
       .body = object_text("v1", "Pod", "p",
                           R"("spec":{"containers":[{"name":"c","image":"i"}],"nodeName":"n7","serviceAccountName":"default"})")});
  const std::string audience = R"("audiences":["kernwise-orchestrator"])";
  const auto bound = token_for(
      api, audience + R"(,"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"p","uid":")" +
               text_at(pod, "/metadata/uid") + "\"}");
  const auto unseen = token_for(
      api,
      audience +
          R"(,"expirationSeconds":900,"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"p","uid":")" +
          text_at(pod, "/metadata/uid") + "\"}");
  const auto loose = token_for(api, audience);
  const auto plain = token_for(api, R"("expirationSeconds":600)");
  const std::string ours = R"("kernwise-orchestrator")";
  look("of a pod", bound, ours);
  look("of a pod, one audience of two", bound, R"("other","kernwise-orchestrator")");
  look("of an account", loose, ours);
  look("for nobody in particular", plain, "");
  look("another audience", bound, R"("somebody-else")");
  look("ours, asked for the API server's", bound, "");
  look("the API server's, asked for ours", plain, ours);
  look("garbage", "garbage", ours);
  api.ask({.name = "no token", .method = "POST", .path = kReviews, .body = review("", ours)});
  api.ask({.name = "ours does not open the API server", .path = kSpace + "/pods", .token = bound});
  api.ask({.name = "an account without rights", .path = kSpace + "/pods", .token = plain});
  api.arrange(
      {.method = "DELETE", .path = kSpace + "/pods/p", .query = {{"gracePeriodSeconds", "0"}}});
  // Of a token it has just seen, the real server remembers for seconds that it was good.
  look("of a pod that is gone", unseen, ours);
  const auto may = [&](const std::string& name, const std::string& spec) {
    api.ask(
        {.name = name,
         .method = "POST",
         .path = kAccess,
         .body =
             R"({"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","spec":{)" +
             spec + "}}"},
        {"/status/allowed"});
  };
  may("an administrator may",
      R"("user":"x","groups":["system:masters"],"resourceAttributes":{"namespace":"identity","verb":"get","resource":"pods"})");
  may("a stranger may not",
      R"("user":"x","resourceAttributes":{"namespace":"identity","verb":"get","resource":"pods"})");
  may("nobody", R"("resourceAttributes":{"verb":"get","resource":"pods"})");
  may("nothing", R"("user":"x")");
}

}  // namespace kernwise::test
