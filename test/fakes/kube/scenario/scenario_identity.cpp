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

const std::string kOurs = R"("kernwise-orchestrator")";

struct Tokens {
  std::string bound, unseen;  ///< to a pod; the second is first shown when that pod is gone
  std::string loose;          ///< of an account
  std::string plain;          ///< for the API server itself
};

Tokens make_tokens(Observer& api) {
  const auto pod = api.arrange(
      {.method = "POST",
       .path = kSpace + "/pods",
       .body = object_text(
           "v1", "Pod", "p",
           R"("spec":{"containers":[{"name":"c","image":"i"}],"nodeName":"n7","serviceAccountName":"default"})")});
  const auto audience = R"("audiences":[)" + kOurs + "]";
  const auto to_pod = R"(,"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"p","uid":")" +
                      text_at(pod, "/metadata/uid") + "\"}";
  Tokens tokens;
  tokens.bound = token_for(api, audience + to_pod);
  tokens.unseen = token_for(api, audience + R"(,"expirationSeconds":900)" + to_pod);
  tokens.loose = token_for(api, audience);
  tokens.plain = token_for(api, R"("expirationSeconds":600)");
  return tokens;
}

void look(Observer& api, const std::string& name, const std::string& token,
          const std::string& audiences) {
  api.post(name, kReviews, review(token, audiences),
           {"/status/authenticated", "/status/user/username", "/status/user/groups",
            "/status/audiences", "/status/user/extra/authentication.kubernetes.io~1node-name",
            "/status/user/extra/authentication.kubernetes.io~1pod-name"});
}

void review_tokens(Observer& api, const Tokens& tokens) {
  look(api, "of a pod", tokens.bound, kOurs);
  look(api, "of a pod, one audience of two", tokens.bound, R"("other",)" + kOurs);
  look(api, "of an account", tokens.loose, kOurs);
  look(api, "for nobody in particular", tokens.plain, "");
  look(api, "another audience", tokens.bound, R"("somebody-else")");
  look(api, "ours, asked for the API server's", tokens.bound, "");
  look(api, "the API server's, asked for ours", tokens.plain, kOurs);
  look(api, "garbage", "garbage", kOurs);
  api.post("no token", kReviews, review("", kOurs));
}

void review_access(Observer& api) {
  const auto may = [&](const std::string& name, const std::string& spec) {
    api.post(name, kAccess,
             R"({"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","spec":{)" +
                 spec + "}}",
             {"/status/allowed"});
  };
  may("an administrator may",
      R"("user":"x","groups":["system:masters"],"resourceAttributes":{"namespace":"identity","verb":"get","resource":"pods"})");
  may("a stranger may not",
      R"("user":"x","resourceAttributes":{"namespace":"identity","verb":"get","resource":"pods"})");
  may("nobody", R"("resourceAttributes":{"verb":"get","resource":"pods"})");
  may("nothing", R"("user":"x")");
}

}  // namespace

void play_identity(Observer& api) {
  const auto tokens = make_tokens(api);
  review_tokens(api, tokens);
  api.ask({.name = "ours does not open the API server",
           .path = kSpace + "/pods",
           .token = tokens.bound});
  api.ask({.name = "an account without rights", .path = kSpace + "/pods", .token = tokens.plain});
  api.arrange(
      {.method = "DELETE", .path = kSpace + "/pods/p", .query = {{"gracePeriodSeconds", "0"}}});
  // Of a token it has just seen, the real server remembers for seconds that it was good.
  look(api, "of a pod that is gone", tokens.unseen, kOurs);
  review_access(api);
}

}  // namespace kernwise::test
